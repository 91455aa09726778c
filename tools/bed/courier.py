"""Courier IMAP: an old server, whose clients must do without LITERAL+, MOVE, CONDSTORE, SASL-IR and UNSELECT."""
import shutil
import subprocess
from pathlib import Path

from . import peers, programs

PORTS = ["courier_imap", "courier_imaps"]
FOLDERS = ["Drafts", "Sent", "Trash", "Junk", "Archive"]


def start(bed):
    folder = bed.folder / "courier"
    if not folder.exists():
        _prepare(bed, folder)
    script = Path(__file__).parent / "courier.sh"
    ports = [str(bed.ports[name]) for name in PORTS]
    # Its paths are compiled in: the script puts ours over them where nobody else sees it.
    return programs.start("courier", ["unshare", "-m", "--propagation", "private", "sh", script, folder, *ports], bed.folder / "log")


def _prepare(bed, folder):
    for name in ("etc", "run/authdaemon", "mail"):
        (folder / name).mkdir(parents=True)
    peers.copy_programs("courier-imap", ["usr/bin/imapd", "usr/lib/courier/courier/imaplogin"], folder / "bin")
    (folder / "etc/authdaemonrc").write_text(
        'authmodulelist="authuserdb"\nauthmodulelistorig="authuserdb"\ndaemons=3\nauthdaemonvar=/run/courier/authdaemon\n'
        'DEBUG_LOGIN=0\nDEFAULTOPTIONS=""\nLOGGEROPTS=""\n')
    certificate = folder / "tls.pem"
    certificate.write_text((bed.folder / "ca/server.key").read_text() + (bed.folder / "ca/server.pem").read_text())
    certificate.chmod(0o600)
    shutil.chown(certificate, "courier")
    owner = f"{shutil._get_uid(bed.mail_user)}|gid={shutil._get_gid(bed.mail_user)}"
    lines = []
    for user in peers.users(bed):
        home = folder / "mail" / user.name
        home.mkdir()
        subprocess.run(["maildirmake.courier", home / "Maildir"], check=True)
        for name in FOLDERS:
            subprocess.run(["maildirmake.courier", "-f", name, home / "Maildir"], check=True)
        (home / "Maildir/courierimapsubscribed").write_text("".join(f"INBOX.{name}\n" for name in FOLDERS))
        hashes = [_hashed(user.password, kind) for kind in ("-md5", "-hmac-md5")]
        lines.append(f"{user.name}@{bed.domain}\tuid={owner}|home={home}|imappw={hashes[0]}|hmac-md5pw={hashes[1]}\n")
    (folder / "etc/userdb").write_text("".join(lines))
    (folder / "etc/userdb").chmod(0o600)
    subprocess.run(["chown", "-R", f"{bed.mail_user}:{bed.mail_user}", folder / "mail"], check=True)


def _hashed(password, kind):
    return subprocess.run(["userdbpw", kind], input=password + "\n", capture_output=True, text=True, check=True).stdout.strip()
