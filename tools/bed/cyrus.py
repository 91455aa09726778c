"""Cyrus IMAP: another server with another mind, and the one here that knows OBJECTID, CREATE-SPECIAL-USE, -PLUS and EXTERNAL."""
import shutil
import subprocess

from . import peers, programs
from .templates import render

PORTS = ["cyrus_imap", "cyrus_imaps"]


def start(bed):
    folder = bed.folder / "cyrus"
    if not folder.exists():
        _prepare(bed, folder)
    return programs.start(
        "cyrus", ["/usr/sbin/cyrmaster", "-C", folder / "cyrus-imapd.conf", "-M", folder / "cyrus.conf", "-p", folder / "master.pid"],
        bed.folder / "log")


def _prepare(bed, folder):
    for name in ("spool", "sieve", *(f"conf/{part}" for part in ("socket", "db", "proc", "lock", "log", "msg"))):
        (folder / name).mkdir(parents=True)
    peers.copy_programs("cyrus-imapd", ["usr/lib/cyrus/bin/imapd", "usr/lib/cyrus/bin/idled"], folder / "bin")
    for name in ("server.pem", "server.key"):
        shutil.copy(bed.folder / "ca" / name, folder)
    render("cyrus-imapd.conf", folder, bed)
    render("cyrus.conf", folder, bed)
    for user in peers.users(bed):
        # The realm of those who sign in as NAME@DOMAIN, and of those who sign in by their name alone.
        for realm in (bed.domain, f"cyrus.{bed.domain}"):
            subprocess.run(
                ["saslpasswd2", "-c", "-p", "-f", folder / "sasldb2", "-u", realm, user.name], input=user.password.encode(), check=True)
    subprocess.run(["chown", "-R", "cyrus:mail", folder], check=True)
