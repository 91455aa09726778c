"""Dovecot: IMAP, IMAPS, LMTP (Postfix delivers through it) and message submission."""
import base64
import shutil
from pathlib import Path

from . import certificates, oauth, programs
from .templates import render


def start(bed):
    folder = bed.folder / "dovecot"
    for name in ("run", "state"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.chown(bed.folder / "mail", bed.mail_user, bed.mail_user)
    has_oauth = "oauth" in bed.ports
    render(
        "dovecot.conf", folder, bed, bad_certificates=_bad_certificates(bed), listen=_listen(),
        narrow=certificates.NARROW,
        oauth_mechanisms="xoauth2 oauthbearer" if has_oauth else "", oauth=oauth.dovecot_lines(bed) if has_oauth else "")
    # Two lists: what is typed to sign in need not be the mailbox name. The password list then says whose mailbox it is.
    _write(folder / "logins", (_login(user, bed.domain) for user in bed.users))
    _write(folder / "mailboxes", (_mailbox(user, bed.domain) for user in bed.users))
    return programs.start("dovecot", ["dovecot", "-F", "-c", folder / "dovecot.conf"], bed.folder / "log")


def start_external(bed):
    """A second Dovecot on the same mailboxes that wants a certificate of each client, and nothing else of it."""
    folder = bed.folder / "external"
    for name in ("run", "state"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    render("external.conf", folder, bed)
    return programs.start("external", ["dovecot", "-F", "-c", folder / "external.conf"], bed.folder / "log")


def doveadm(bed):
    return ["doveadm", "-c", str(bed.folder / "dovecot" / "dovecot.conf")]


def _listen():
    return ", ".join(["127.0.0.1", "127.0.0.2", certificates.NARROW, *certificates.BAD.values()])


def _bad_certificates(bed):
    """By address (`local`) and by the name the client asks for in TLS (`local_name`)."""
    blocks = []
    for kind, address in certificates.BAD.items():
        files = f"ssl_cert = <{bed.folder}/ca/{kind}.pem\n  ssl_key = <{bed.folder}/ca/{kind}.key"
        blocks.append(f"local {address} {{\n  {files}\n}}\nlocal_name {kind}.{bed.domain} {{\n  {files}\n}}")
    return "\n".join(blocks)


def _login(user, domain):
    password = base64.b64encode(user.password.encode()).decode()  # {PLAIN.b64} keeps every character of a password
    owner = f"user={user.name}@{domain}" if user.login != user.name else ""
    return f"{user.login}@{domain}:{{PLAIN.b64}}{password}::::::{owner}"


def _mailbox(user, domain):
    quota = f"userdb_quota_rule={user.quota}" if user.quota else ""
    return f"{user.name}@{domain}:::::::{quota}"


def _write(path: Path, lines):
    path.write_text("".join(line + "\n" for line in lines))
    path.chmod(0o644)
