"""The program under test: its command line, its server process, its REST API."""
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urljoin

import requests

from .bed import ROOT, eventually

BINARY = os.environ.get("POSTROOM_BINARY") or ROOT / ".build" / "debug" / "postroom"
PASSWORD = "correct horse"


class Postroom:
    """One data folder, and the server that runs on it between `serve` and `stop`."""

    def __init__(self, bed, data: Path, database=None):
        """`database`: a PostgreSQL URL instead of the embedded database."""
        self.bed, self.data, self.process, self.url = bed, Path(data), None, None
        self.database, self.environment = database, None
        self.output = []

    # The command line.

    def command(self, *words, given=None, options=()):
        """Runs `postroom --data DIR ... WORDS`; `given` goes to standard input."""
        return subprocess.run(
            [BINARY, *self.options(), *options, *map(str, words)], input=given, capture_output=True, text=True, timeout=120,
            env=self.environment)

    def run(self, *words, given=None):
        done = self.command(*words, given=given)
        assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stderr}"
        return done.stdout

    def json(self, *words, given=None):
        return json.loads(self.run(*words, "--json", given=given))

    def options(self):
        bed = self.bed
        return ["--data", self.data, "--tls-ca", bed.ca, "--allow-network", "127.0.0.0/8", "--dns", f"127.0.0.1:{bed.ports['dns']}",
                *(["--database", self.database] if self.database else [])]

    # The server.

    def serve(self, listen="127.0.0.1:0"):
        self.process = subprocess.Popen(
            [BINARY, *self.options(), "serve", "--listen", listen], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=self.environment)
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self.process, ready), daemon=True).start()
        assert ready.wait(60), "the server said nothing:\n" + "".join(self.output[-40:])
        assert self.url, "the server ended:\n" + "".join(self.output[-40:])
        return self

    def _read(self, process, ready):
        for line in process.stdout:
            self.output.append(line)
            if not ready.is_set() and (found := re.match(r"listening on (http\S+)", line)):
                self.url = found[1]
                ready.set()
        ready.set()

    def stop(self):
        """SIGTERM; seconds until it has ended."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        assert code == 0, f"exit {code} after SIGTERM"
        return time.monotonic() - began

    def kill(self):
        self.process.kill()
        self.process.wait()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    # REST.

    def request(self, method, path, body=None, user="admin", **more):
        return requests.request(method, urljoin(self.url, path), json=body, auth=(user, PASSWORD), timeout=90, **more)

    def get(self, path, **more):
        return self._good(self.request("GET", path, **more))

    def post(self, path, body=None, **more):
        return self._good(self.request("POST", path, body, **more))

    def patch(self, path, body, **more):
        return self._good(self.request("PATCH", path, body, **more))

    def delete(self, path, **more):
        return self._good(self.request("DELETE", path, **more))

    @staticmethod
    def _good(answer):
        assert answer.ok, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    # Set-up.

    def add_user(self, name, *flags):
        self.run("user", "add", name, *flags, "--password-stdin", given=PASSWORD + "\n")

    def memory(self, kind="VmRSS"):
        """Octets of memory that the process holds; at the highest: `VmHWM`."""
        return int(re.search(rf"{kind}:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())[1]) * 1024

    def provider(self, security="ssl", login_format="email", host="127.0.0.1", ports=None, user="admin", **more):
        """A provider for the bed; `ports` replaces the pair that fits the security."""
        imap, smtp = ports or {"ssl": ("imaps", "submissions"), "starttls": ("imap", "submission"), "none": ("imap", "legacy")}[security]
        Postroom.providers = getattr(Postroom, "providers", 0) + 1
        return self.post("/api/v1/providers", {
            "name": f"Provider {Postroom.providers}", "loginFormat": login_format,
            "imap": {"host": host, "port": self.bed.ports[imap], "security": security},
            "smtp": {"host": host, "port": self.bed.ports[smtp], "security": security}, **more}, user=user)

    def add_account(self, mailbox):
        """Connects a mailbox by the command line, on a data folder that nobody serves; nothing is fetched yet."""
        ports = self.bed.ports
        self.run("provider", "add", "Bed", "--imap", f"127.0.0.1:{ports['imaps']}", "--imap-security", "ssl", "--smtp",
                 f"127.0.0.1:{ports['submissions']}", "--smtp-security", "ssl", "--login-format", "email")
        self.run("account", "add", mailbox.address, "--user", "admin", "--provider", "Bed", "--password-stdin", given=mailbox.password + "\n")

    def try_to_connect(self, mailbox, provider, user="admin", **more):
        return self.request("POST", "/api/v1/accounts", {
            "address": mailbox.address, "providerId": provider["id"], "password": mailbox.password, **more}, user=user)

    def connect(self, mailbox, provider=None, user="admin", caught_up=True, **more):
        """Connects a mailbox, and waits until it is up to date."""
        from .jmap import Account  # the account speaks to this server, so each module needs the other
        answer = self.try_to_connect(mailbox, provider or self.provider(), user, **more)
        assert answer.status_code == 201, answer.text
        account = Account(self, mailbox, answer.json(), user)
        if caught_up:
            eventually(lambda: account.phase() == "upToDate", f"{mailbox.address} to be up to date")
        return account
