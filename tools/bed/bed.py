"""One bed: a folder, its ports, its users, and the programs that run in it. `bed.json` in the folder tells all of it."""
import json
import os
import random
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from . import certificates, courier, cyrus, dovecot, oauth, peers, postfix, programs
from .templates import render
from .users import User

SERVERS = ["imap", "imaps", "lmtp", "smtp", "submission", "submissions", "legacy", "dovecot_submission", "dns"]
PROXIED = ["imap", "imaps", "submission", "submissions", "legacy"]  # each also through the fault proxy, as proxy_NAME
# Others that a bed has where the machine can start them, with the ports of each.
PEERS = {"external": ["external_imaps", "external_submissions"], "cyrus": cyrus.PORTS, "courier": courier.PORTS}
# A unix socket's path has room for 108 bytes, and the longest name below the folder needs this many.
ROOM_FOR_SOCKETS = 45


@dataclass
class Bed:
    folder: Path
    domain: str
    users: list[User]
    ports: dict[str, int] = field(default_factory=dict)
    programs: list[dict] = field(default_factory=list)
    wants_oauth: bool = True
    wants_peers: bool = True
    missing: dict[str, str] = field(default_factory=dict)  # which of the peers are not there, and why
    mail_user = "mail"  # owns all mailboxes; every Debian has it
    system_postfix = Path("/etc/postfix")

    def up(self):
        self.check_folder()
        for name in ("log", "mail"):
            (self.folder / name).mkdir()
        certificates.make(self.folder / "ca", self.domain)
        with_oauth = self.wants_oauth and oauth.python() is not None
        more = ["oauth", "oauth_http"] if with_oauth else []
        if self.wants_peers:
            more += [port for ports in PEERS.values() for port in ports]
        self.ports = free_ports(SERVERS + ["proxy_control"] + [f"proxy_{name}" for name in PROXIED] + more)
        starts = [dovecot.start, postfix.start, self._start_dns, self._start_proxy] + ([oauth.start] if with_oauth else [])
        try:
            for start in starts:
                self.programs.append(start(self))
            begun = self._start_peers() if self.wants_peers else []
            for name in self.ports:
                if not any(name in ports for ports in PEERS.values()):
                    programs.wait_for_port(self.ports[name])
            self._await_peers(begun)
            # A port may be answered by somebody else's server, while ours ended for finding it taken.
            for program in self.programs:
                if not programs.is_running(program):
                    raise RuntimeError(f"{program['name']} ended at once, see {program['name']}.log: {self._last_words(program['name'])}")
        except BaseException:
            for program in self.programs:
                programs.stop(program)
            raise
        self.write()

    def _last_words(self, name):
        log = self.folder / "log" / f"{name}.log"
        return log.read_text(errors="replace").strip().rpartition("\n")[2] if log.exists() else "it wrote nothing"

    def _start_peers(self):
        begun = []
        for name in PEERS:
            try:
                self.programs.append(self._starter(name)(self))
                begun.append(name)
            except (peers.NotInstalled, OSError, subprocess.CalledProcessError) as error:
                self._miss(name, str(error))
        return begun

    def _await_peers(self, begun):
        for name in begun:
            try:
                for port in PEERS[name]:
                    programs.wait_for_port(self.ports[port])
            except RuntimeError as error:
                log = self.folder / "log" / f"{name}.log"
                said = log.read_text(errors="replace").strip().splitlines()[-3:]
                programs.stop(self._program(name))
                self.programs.remove(self._program(name))
                self._miss(name, " / ".join([str(error), *said]))

    def _miss(self, name, reason):
        self.missing[name] = reason
        for port in PEERS[name]:
            del self.ports[port]
        print(f"tools/servers: NO {name.upper()}: {reason}", file=sys.stderr, flush=True)

    def down(self):
        for program in reversed(self.programs):
            programs.stop(program)
        shutil.rmtree(self.folder, ignore_errors=True)  # whoever asked for it may be removing it too

    def stop(self, name):
        programs.stop(self._program(name))

    def start(self, name):
        index = self.programs.index(self._program(name))
        self.programs[index] = self._starter(name)(self)
        port = {"dovecot": "imap", "postfix": "submissions", "proxy": "proxy_control", "oauth": "oauth", "external": "external_imaps",
                "cyrus": "cyrus_imaps", "courier": "courier_imaps"}.get(name)
        if port:
            programs.wait_for_port(self.ports[port])
        self.write()

    def _starter(self, name):
        return {"dovecot": dovecot.start, "postfix": postfix.start, "dns": self._start_dns, "proxy": self._start_proxy, "oauth": oauth.start,
                "external": dovecot.start_external, "cyrus": cyrus.start, "courier": courier.start}[name]

    def description(self):
        return {
            "folder": str(self.folder), "domain": self.domain, "host": "127.0.0.1", "remote_host": "127.0.0.2", "narrow_host": certificates.NARROW,
            "ca": f"{self.folder}/ca/ca.pem", "ports": self.ports, "bad_certificates": certificates.BAD,
            "users": {user.name: _described(user, self) for user in self.users},
            "doveadm": dovecot.doveadm(self), "programs": self.programs,
            "oauth": oauth.description(self) if "oauth" in self.ports else None, "missing": self.missing,
        }

    def write(self):
        path = self.folder / "bed.json"
        path.write_text(json.dumps(self.description(), indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, folder: Path):
        told = json.loads((folder / "bed.json").read_text())
        users = [User(name, user["password"], user["login"], user["quota"]) for name, user in told["users"].items()]
        return cls(Path(told["folder"]), told["domain"], users, told["ports"], told["programs"], missing=told.get("missing", {}))

    def check_folder(self):
        if len(str(self.folder)) > 108 - ROOM_FOR_SOCKETS:
            sys.exit(f"{self.folder}: too long a path for the servers' unix sockets, at most {108 - ROOM_FOR_SOCKETS} characters")
        if self.folder.exists() and any(self.folder.iterdir()):
            sys.exit(f"{self.folder}: not empty; choose another folder or end the servers in it with tools/servers down")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        for parent in self.folder.parents:
            if not parent.stat().st_mode & 0o001:
                sys.exit(f"{parent}: Dovecot and Postfix run as users of their own and must be able to enter it (chmod a+x)")

    def _program(self, name):
        found = [program for program in self.programs if program["name"] == name]
        return found[0] if found else sys.exit(f"no server '{name}', there are: {' '.join(p['name'] for p in self.programs)}")

    def _start_dns(self, _):
        render("dnsmasq.conf", self.folder, self)
        return programs.start("dns", ["dnsmasq", "-u", "root", "-C", self.folder / "dnsmasq.conf"], self.folder / "log")

    def _start_proxy(self, _):
        routes = [f"{name}={self.ports['proxy_' + name]}:{self.ports[name]}" for name in PROXIED]
        script = Path(__file__).parent / "faultproxy.py"
        return programs.start("proxy", [sys.executable, script, str(self.ports["proxy_control"]), *routes], self.folder / "log")


def free_ports(names):
    """Neighbouring ports, all free, below the range the system gives to outgoing connections."""
    for _ in range(200):
        first = random.randrange(10000, 32000 - len(names))
        if all(_is_free(first + offset) for offset in range(len(names))):
            return {name: first + offset for offset, name in enumerate(names)}
    sys.exit("no free ports on 127.0.0.1")


def _is_free(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


def _described(user, bed):
    return {
        "address": f"{user.name}@{bed.domain}", "login": user.login, "password": user.password, "quota": user.quota,
        "home": f"{bed.folder}/mail/{user.name}",
    }


def as_root():
    """Dovecot and Postfix change to users of their own, which only root may do: begins anew under sudo where needed."""
    if os.geteuid() == 0:
        return
    if not shutil.which("sudo"):
        sys.exit("the mail servers need root to start: run this as root, or install sudo")
    os.execvp("sudo", ["sudo", "--", sys.executable, *sys.argv])
