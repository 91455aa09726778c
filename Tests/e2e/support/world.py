"""Made-up domains with everything discovery may ask of them: DNS by dnsmasq, documents over HTTPS, servers on the real ports."""
import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from bed import certificates, programs
from bed.bed import free_ports

from .bed import ROOT


def client_config(imap, smtp, login="%EMAILADDRESS%", name="Made-up Mail", before=""):
    return f"""<?xml version="1.0" encoding="UTF-8"?>{before}
<clientConfig version="1.1"><emailProvider id="made.up"><domain>%EMAILDOMAIN%</domain><displayName>{name}</displayName>
<incomingServer type="pop3"><hostname>{imap}</hostname><port>995</port><socketType>SSL</socketType>
<username>{login}</username><authentication>password-cleartext</authentication></incomingServer>
<incomingServer type="imap"><hostname>{imap}</hostname><port>993</port><socketType>SSL</socketType>
<username>{login}</username><authentication>password-cleartext</authentication></incomingServer>
<outgoingServer type="smtp"><hostname>{smtp}</hostname><port>465</port><socketType>SSL</socketType>
<username>{login}</username><authentication>password-cleartext</authentication></outgoingServer></emailProvider></clientConfig>
"""


def pacc(imap, smtp):
    return json.dumps({"protocols": {"imap": {"host": imap}, "smtp": {"host": smtp}}, "authentication": {"password": True},
                       "info": {"provider": {"name": "PACC Mail"}}})


def autodiscover(imap, smtp):
    protocols = "".join(
        f"<Protocol><Type>{kind}</Type><Server>{host}</Server><Port>{port}</Port><SSL>on</SSL><SPA>off</SPA></Protocol>"
        for kind, host, port in (("IMAP", imap, 993), ("SMTP", smtp, 465)))
    return ('<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">'
            '<Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"><Account>'
            f"<AccountType>email</AccountType><Action>settings</Action>{protocols}</Account></Response></Autodiscover>")


BOMB = '<!DOCTYPE x [<!ENTITY a "hahahahaha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{"&" + chr(97 + n) + ";" * 1}{("&" + chr(97 + n) + ";") * 9}">' for n in range(9)) + "]>"


class World:
    """`domain(...)` adds one, `start()` makes all of it real."""

    def __init__(self, bed, folder: Path):
        self.bed, self.folder = bed, folder
        self.hosts, self.lines, self.documents, self.names = {}, [], {}, set()
        self.programs = []

    # What there is.

    def host(self, *names, address=None):
        for name in names:
            self.hosts[name] = address
            if address is None:
                self.names.add(name)

    def document(self, host, path, body="", certified=True, **more):
        self.hosts.setdefault(host, None)
        if certified:
            self.names.add(host)
        self.documents.setdefault(host, {})[path] = {"body": body, **more}

    def autoconfig(self, domain, body="", **more):
        self.document(f"autoconfig.{domain}", "/mail/config-v1.1.xml", body, **more)

    def pacc(self, domain, body, digest=None):
        self.document(f"ua-auto-config.{domain}", "/.well-known/user-agent-configuration.json", body)
        digest = digest or base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        self.lines.append(f'txt-record=_ua-auto-config.{domain},"v=UAAC1; a=sha256; d={digest}"')

    def srv(self, domain, service, target="", port=0, priority=0):
        self.lines.append(f"srv-host=_{service}._tcp.{domain},{target},{port},{priority},1" if target else f"srv-host=_{service}._tcp.{domain}")

    def mx(self, domain, host):
        self.lines.append(f"mx-host={domain},{host},10")

    # Making it real.

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.address = unused_address()
        certificates_folder = Path(self.bed.folder) / "ca"
        own = self.folder / "ca"
        shutil.copytree(certificates_folder, own)
        certificates.for_names(own, "world", sorted(self.names))
        config = self.folder / "world.json"
        config.write_text(json.dumps({
            "address": self.address, "certificate": str(own / "world.pem"), "key": str(own / "world.key"), "ca": self.bed.ca,
            "documents": self.documents, "mail": {"993": self.bed.ports["imaps"], "465": self.bed.ports["submissions"]}}))
        web = subprocess.Popen([sys.executable, ROOT / "tools" / "bed" / "world.py", config], stdout=subprocess.PIPE, text=True)
        self.programs.append(web)
        assert web.stdout.readline() == "ready\n", "the made-up world did not start"
        self.dns_port = free_ports(["dns"])["dns"]
        conf = self.folder / "dnsmasq.conf"
        conf.write_text("\n".join([
            "keep-in-foreground", f"port={self.dns_port}", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts", "pid-file=",
            "local=/test/", "local=/gmail.com/", "local=/google.com/",
            *(f"host-record={name},{address or self.address}" for name, address in self.hosts.items()), *self.lines]) + "\n")
        dns = subprocess.Popen(["dnsmasq", "-u", "root", "-C", conf], stdout=subprocess.DEVNULL)
        self.programs.append(dns)
        programs.wait_for_port(self.dns_port)
        assert dns.poll() is None, "the name server of the made-up world did not start"
        return self

    def stop(self):
        for program in self.programs:
            program.terminate()
            program.wait(10)


def unused_address():
    """A loopback address whose real ports nobody holds."""
    for last in range(20, 250):
        address = f"127.0.53.{last}"
        held = []
        try:
            for port in (443, 993, 465):
                probe = socket.socket()
                held.append(probe)
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
            return address
        except PermissionError:
            raise AssertionError("the tests of discovery need root: they listen on port 443 of a loopback address") from None
        except OSError:
            continue
        finally:
            for probe in held:
                probe.close()
    raise AssertionError("no loopback address in 127.0.53.0/24 has its ports 443, 465 and 993 free")


def is_root():
    return os.geteuid() == 0
