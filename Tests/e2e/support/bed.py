"""The mail servers of tools/servers, seen from a test: mailboxes to look into from the server's side, and faults."""
import contextlib
import email
import email.policy
import imaplib
import json
import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Bed:
    def __init__(self, folder):
        told = json.loads((Path(folder) / "bed.json").read_text())
        self.folder, self.domain, self.ca, self.ports = told["folder"], told["domain"], told["ca"], told["ports"]
        self.bad_certificates, self.remote_host = told["bad_certificates"], told["remote_host"]
        self.narrow_host = told["narrow_host"]
        self.oauth = told.get("oauth")
        self.log = Path(self.folder) / "log" / "dovecot.log"
        self._doveadm, self._users = told["doveadm"], told["users"]
        self._next_user = 0

    def user(self, name):
        return Mailbox(self, name, **{key: self._users[name][key] for key in ("address", "login", "password", "home")})

    def fresh_mailbox(self):
        """A mailbox no other test has touched; what an earlier run of the tests on the same servers left in it goes."""
        self._next_user += 1
        mailbox = self.user(f"user{self._next_user}")
        self.doveadm("expunge", "-u", mailbox.address, "mailbox", "*", "all")
        return mailbox

    def courier_mailbox(self):
        """A mailbox at a server that has neither CONDSTORE nor MOVE; what an earlier test left in it goes. One test at a time has it."""
        mailbox = self.user("alice")
        mailbox.port, mailbox.login = "courier_imap", mailbox.address
        with mailbox.imap() as imap:
            folders = [line.decode().split(' "." ')[1].strip('"') for line in imap.list()[1]]
            for folder in folders:
                imap.select(folder)
                imap.store("1:*", "+FLAGS", "(\\Deleted)")
                imap.expunge()
        return mailbox

    def doveadm(self, *arguments, given=None):
        done = subprocess.run([*self._doveadm, *arguments], input=given, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def postfix_log(self, lines=40):
        """What Postfix wrote last."""
        return "".join((self.log.parent / "postfix.log").read_text(errors="replace").splitlines(keepends=True)[-lines:])

    def servers(self, command, name):
        """tools/servers restart|stop|start"""
        subprocess.run([ROOT / "tools" / "servers", command, self.folder, name], check=True, capture_output=True)

    @contextlib.contextmanager
    def fault(self, name, **rules):
        """The proxy in front of port `name` misbehaves while this lasts; the rules are told in tools/bed/faultproxy.py."""
        self.proxy(name, set=rules)
        try:
            yield
        finally:
            self.proxy(name, set={})

    def proxy(self, name, **order):
        with socket.create_connection(("127.0.0.1", self.ports["proxy_control"])) as control:
            control.sendall(json.dumps({"name": name, **order}).encode() + b"\n")
            answer = json.loads(control.makefile().readline())
        assert answer["ok"], answer
        return answer


class Mailbox:
    """One user's mailbox as the server has it."""

    def __init__(self, bed, name, address, login, password, home):
        self.bed, self.name, self.address, self.login, self.password, self.home = bed, name, address, login, password, Path(home)
        self.port = "imap"

    @contextlib.contextmanager
    def imap(self, folder="INBOX"):
        connection = imaplib.IMAP4("127.0.0.1", self.bed.ports[self.port])
        connection.login(self.login, self.password)
        connection.select(f'"{folder}"')
        try:
            yield connection
        finally:
            connection.logout()

    @contextlib.contextmanager
    def conversation(self):
        """The commands that sessions send meanwhile, without tags, in a list that is filled at the end; the server's notes of them."""
        folder, commands = self.home / "rawlog", []
        folder.mkdir()
        owner = self.home.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        try:
            yield commands
        finally:
            for file in sorted(folder.glob("*.in")):
                for line in file.read_bytes().decode(errors="replace").splitlines():
                    # Dovecot puts the time before each line that it notes.
                    if found := re.match(r"^(?:[0-9.]+ )?(?:[A-Z]+[0-9]+) (.+)$", line):
                        commands.append(found[1])
            shutil.rmtree(folder)

    def append(self, source, folder="INBOX", flags="", date=None):
        source = source if isinstance(source, bytes) else source.encode()
        with self.imap() as imap:
            status, answer = imap.append(f'"{folder}"', flags or None, date, source.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        assert status == "OK", answer

    def search(self, *criteria, folder="INBOX"):
        with self.imap(folder) as imap:
            return imap.uid("SEARCH", *criteria)[1][0].split()

    def subjects(self, folder="INBOX"):
        return [message["subject"] for message in self.messages(folder)]

    def messages(self, folder="INBOX"):
        """uid, flags, subject and message id of each message, oldest first."""
        found = []
        with self.imap(folder) as imap:
            for part in imap.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])")[1]:
                if isinstance(part, tuple):
                    attributes, header = part[0].decode(), email.message_from_bytes(part[1], policy=email.policy.default)
                    found.append({
                        "uid": int(attributes.split("UID ")[1].split()[0]),
                        "flags": attributes.split("FLAGS (")[1].split(")")[0].split(),
                        "subject": str(header["subject"] or ""), "messageId": str(header["message-id"] or "")})
        return found

    def source(self, uid, folder="INBOX"):
        with self.imap(folder) as imap:
            return imap.uid("FETCH", str(uid), "(BODY.PEEK[])")[1][0][1]

    def text(self, uid, folder="INBOX"):
        """The decoded text parts of a message, one after the other."""
        parts = email.message_from_bytes(self.source(uid, folder)).walk()
        return b"\n".join(part.get_payload(decode=True) for part in parts if part.get_content_maintype() == "text")

    def wait_for(self, subject, folder="INBOX", having="", patience=30):
        """The message with this subject, once it is there and carries the flag `having`."""
        def found():
            return next((m for m in self.messages(folder) if m["subject"] == subject and (not having or having in m["flags"])), None)
        return eventually(found, f"a message '{subject}' in {folder} of {self.address}", patience)


def eventually(attempt, what, patience=30):
    """The first true answer of `attempt`; the patience is a bound for a broken run, not a measure of speed."""
    deadline = time.monotonic() + patience
    while not (answer := attempt()):
        assert time.monotonic() < deadline, f"waited {patience} s for {what}"
        time.sleep(0.1)
    return answer
