"""One bed: a folder, its ports, its users, and the programs that run in it. `bed.json` in the folder tells all of it."""
import json
import os
import random
import shutil
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from . import certificates, dovecot, oauth, postfix, programs
from .templates import render
from .users import User

SERVERS = ["imap", "imaps", "lmtp", "smtp", "submission", "submissions", "legacy", "dovecot_submission", "dns"]
PROXIED = ["imap", "imaps", "submission", "submissions", "legacy"]  # each also through the fault proxy, as proxy_NAME
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
    mail_user = "mail"  # owns all mailboxes; every Debian has it
    system_postfix = Path("/etc/postfix")

    def up(self):
        self.check_folder()
        for name in ("log", "mail"):
            (self.folder / name).mkdir()
        certificates.make(self.folder / "ca", self.domain)
        with_oauth = self.wants_oauth and oauth.python() is not None
        more = ["oauth", "oauth_http"] if with_oauth else []
        self.ports = free_ports(SERVERS + ["proxy_control"] + [f"proxy_{name}" for name in PROXIED] + more)
        starts = [dovecot.start, postfix.start, self._start_dns, self._start_proxy] + ([oauth.start] if with_oauth else [])
        try:
            for start in starts:
                self.programs.append(start(self))
            for name in self.ports:
                if name != "dns":
                    programs.wait_for_port(self.ports[name])
        except BaseException:
            for program in self.programs:
                programs.stop(program)
            raise
        self.write()

    def down(self):
        for program in reversed(self.programs):
            programs.stop(program)
        shutil.rmtree(self.folder, ignore_errors=True)  # whoever asked for it may be removing it too

    def stop(self, name):
        programs.stop(self._program(name))

    def start(self, name):
        index = self.programs.index(self._program(name))
        start = {"dovecot": dovecot.start, "postfix": postfix.start, "dns": self._start_dns, "proxy": self._start_proxy,
                 "oauth": oauth.start}[name]
        self.programs[index] = start(self)
        port = {"dovecot": "imap", "postfix": "submissions", "proxy": "proxy_control", "oauth": "oauth"}.get(name)
        if port:
            programs.wait_for_port(self.ports[port])
        self.write()

    def description(self):
        return {
            "folder": str(self.folder), "domain": self.domain, "host": "127.0.0.1", "remote_host": "127.0.0.2", "narrow_host": certificates.NARROW,
            "ca": f"{self.folder}/ca/ca.pem", "ports": self.ports, "bad_certificates": certificates.BAD,
            "users": {user.name: _described(user, self) for user in self.users},
            "doveadm": dovecot.doveadm(self), "programs": self.programs,
            "oauth": oauth.description(self) if "oauth" in self.ports else None,
        }

    def write(self):
        path = self.folder / "bed.json"
        path.write_text(json.dumps(self.description(), indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, folder: Path):
        told = json.loads((folder / "bed.json").read_text())
        users = [User(name, user["password"], user["login"], user["quota"]) for name, user in told["users"].items()]
        return cls(Path(told["folder"]), told["domain"], users, told["ports"], told["programs"])

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
