"""The bed's own authority and its certificates, by the openssl command: one good certificate and one of each bad kind.

Each bad certificate answers on an address of its own (127.0.0.3 and up) and to the name KIND.DOMAIN, on the same port
numbers as the good one, so a test chooses the fault by the host it connects to.
"""
import subprocess
from pathlib import Path

# Dovecot takes one IMAP connection of each user here, and refuses the second.
NARROW = "127.0.0.7"
BAD = {"expired": "127.0.0.3", "wrongname": "127.0.0.4", "untrusted": "127.0.0.5", "selfsigned": "127.0.0.6"}


def make(folder: Path, domain: str):
    folder.mkdir()
    _authority(folder, "ca", f"Test authority of {domain}")
    _authority(folder, "stranger", "An authority nobody trusts")
    _certificate(folder, "server", [f"mail.{domain}", "localhost", "127.0.0.1", "127.0.0.2", NARROW])
    _certificate(folder, "expired", [f"expired.{domain}", BAD["expired"]], end="20250101000000Z")
    _certificate(folder, "wrongname", ["somewhere.else.test"])
    _certificate(folder, "untrusted", [f"untrusted.{domain}", BAD["untrusted"]], signer="stranger")
    # What clients show: one that is alice's, one of an authority that no server knows.
    _certificate(folder, "client", [f"alice@{domain}"], usage="clientAuth")
    _certificate(folder, "stranger-client", [f"alice@{domain}"], signer="stranger", usage="clientAuth")
    _self_signed(folder, "selfsigned", [f"selfsigned.{domain}", BAD["selfsigned"]])
    for key in folder.glob("*.key"):
        key.chmod(0o600)


def _authority(folder, name, title):
    _key(folder, name)
    _openssl(
        folder, "req", "-x509", "-new", "-key", f"{name}.key", "-days", "3650", "-subj", f"/CN={title}", "-out", f"{name}.pem",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def _certificate(folder, name, names, signer="ca", start="20240101000000Z", end="20400101000000Z", usage="serverAuth"):
    """`openssl ca` is the one command that takes both dates, which an expired certificate needs."""
    _key(folder, name)
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=here\n[here]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n"
        "unique_subject=no\n[any]\ncommonName=supplied\n[server]\nbasicConstraints=CA:false\nkeyUsage=digitalSignature\n"
        f"extendedKeyUsage={usage}\nsubjectAltName={_alternative_names(names)}\n")
    (folder / "index").write_text("")
    _openssl(folder, "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={names[0]}", "-out", "request")
    _openssl(
        folder, "ca", "-batch", "-notext", "-config", "ca.cnf", "-extensions", "server", "-rand_serial",
        "-cert", f"{signer}.pem", "-keyfile", f"{signer}.key", "-in", "request", "-out", f"{name}.pem",
        "-startdate", start, "-enddate", end)
    for leftover in [*folder.glob("index*"), folder / "request", folder / "ca.cnf", *folder.glob("[0-9A-F]" * 8 + "*.pem")]:
        leftover.unlink()


def _self_signed(folder, name, names):
    _key(folder, name)
    _openssl(
        folder, "req", "-x509", "-new", "-key", f"{name}.key", "-days", "3650", "-subj", f"/CN={names[0]}",
        "-addext", f"subjectAltName={_alternative_names(names)}", "-out", f"{name}.pem")


def _alternative_names(names):
    return ",".join(("IP:" if name[0].isdigit() else "email:" if "@" in name else "DNS:") + name for name in names)


def _key(folder, name):
    _openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")


def _openssl(folder, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


def for_names(folder: Path, name: str, names: list[str], **dates):
    """One more certificate of the bed's authority, NAME.pem and NAME.key; `start` and `end` as openssl writes times."""
    _certificate(folder, name, names, **dates)
