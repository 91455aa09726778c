"""Postfix: an MX port and three ways to submit (STARTTLS, TLS, a legacy server without either), and recipients of fixed behaviour.

    reject@  550 at RCPT        defer@     450 at RCPT, always
    slow@    after 3 seconds    shutdown@  421 at RCPT, and the connection ends
    bounce@ and every foreign domain: accepted, then a delivery report in the sender's inbox
    a message with the header X-Bed-Reject: TEXT is refused with 550 after its data
"""
import shutil

from . import certificates, programs
from .templates import render


def start(bed):
    folder = bed.folder / "postfix"
    etc = folder / "etc"
    for name in ("etc", "spool", "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.chown(folder / "data", "postfix")
    for name in ("dynamicmaps.cf", "postfix-files", "post-install", "postfix-script"):
        if (source := bed.system_postfix / name).exists():
            shutil.copy(source, etc)
    render("main.cf", etc, bed)
    render("master.cf", etc, bed, bad_certificates=_bad_certificates(bed))
    names = [user.name for user in bed.users] + ["reject", "defer", "shutdown", "slow", "bounce"]
    (etc / "mailboxes").write_text("".join(f"{name}@{bed.domain} {name}/\n" for name in names))
    # The domain below it belongs to the same people, who sign in there by their name alone.
    (etc / "senders").write_text(
        "".join(f"{name}@{domain} {name}@{bed.domain}\n" for name in names for domain in (bed.domain, f"local.{bed.domain}")))
    (etc / "recipients").write_text(
        f"reject@{bed.domain} 550 5.1.1 No such person here\n"
        f"defer@{bed.domain} 450 4.2.1 Mailbox busy, try again later\n"
        f"shutdown@{bed.domain} 421 4.3.2 Service shutting down\n"
        f"slow@{bed.domain} sleep 3\n")
    (etc / "headers").write_text("/^X-Bed-Reject: (.*)/ REJECT $1\n")
    return programs.start("postfix", ["postfix", "-c", etc, "start-fg"], bed.folder / "log")


def _bad_certificates(bed):
    """The TLS port once more on the address of each bad certificate."""
    return "\n".join(
        f"{address}:{bed.ports['submissions']} inet n - n - - smtpd\n"
        f"  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes\n"
        f"  -o smtpd_tls_chain_files={bed.folder}/ca/{kind}.key,{bed.folder}/ca/{kind}.pem"
        for kind, address in certificates.BAD.items())
