"""The test bed itself: each server, certificate and fault does what the other tests rely on."""
import imaplib
import smtplib
import ssl

import pytest


def trusting(bed):
    return ssl.create_default_context(cafile=bed.ca)


def test_imap_with_tls_and_both_login_forms(bed, mailbox):
    for login in (mailbox.name, mailbox.address):
        imap = imaplib.IMAP4_SSL("localhost", bed.ports["imaps"], ssl_context=trusting(bed))
        assert imap.login(login, mailbox.password)[0] == "OK"
        imap.logout()


def test_a_stranger_must_use_starttls(bed, mailbox):
    imap = imaplib.IMAP4("127.0.0.2", bed.ports["imap"])
    assert "LOGINDISABLED" in imap.capabilities
    imap.starttls(trusting(bed))
    assert imap.login(mailbox.name, mailbox.password)[0] == "OK"


def test_manual_login_is_not_the_address(bed):
    user = bed.user("manual")
    assert imaplib.IMAP4("127.0.0.1", bed.ports["imap"]).login(user.login, user.password)[0] == "OK"
    with pytest.raises(imaplib.IMAP4.error):
        imaplib.IMAP4("127.0.0.1", bed.ports["imap"]).login(user.address, user.password)


@pytest.mark.parametrize("kind, reason", [
    ("expired", "expired"), ("wrongname", "mismatch"), ("untrusted", "unable to get local issuer"), ("selfsigned", "self-signed")])
@pytest.mark.parametrize("port", ["imaps", "submissions"])
def test_bad_certificates(bed, kind, reason, port):
    client = imaplib.IMAP4_SSL if port == "imaps" else lambda host, port, ssl_context: smtplib.SMTP_SSL(host, port, context=ssl_context)
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        client(bed.bad_certificates[kind], bed.ports[port], ssl_context=trusting(bed))


def test_mail_arrives_from_each_submission_port(bed, mailbox):
    for port in ("submission", "submissions", "legacy"):
        if port == "submissions":
            smtp = smtplib.SMTP_SSL("localhost", bed.ports[port], context=trusting(bed))
        else:
            smtp = smtplib.SMTP("localhost", bed.ports[port])
        with smtp:
            if port == "submission":
                smtp.starttls(context=trusting(bed))
            smtp.login(mailbox.address, mailbox.password)
            smtp.sendmail(mailbox.address, mailbox.address, f"Subject: by {port}\r\n\r\nHello\r\n")
        mailbox.wait_for(subject=f"by {port}")


@pytest.mark.parametrize("recipient, code", [("reject", 550), ("defer", 450), ("nobody", 550)])
def test_recipients_that_are_refused(bed, mailbox, recipient, code):
    with smtplib.SMTP("localhost", bed.ports["legacy"]) as smtp:
        smtp.login(mailbox.name, mailbox.password)
        smtp.mail(mailbox.address)
        assert smtp.rcpt(f"{recipient}@{bed.domain}")[0] == code


def test_a_refused_message_and_a_bounced_one(bed, mailbox):
    with smtplib.SMTP("localhost", bed.ports["legacy"]) as smtp:
        smtp.login(mailbox.name, mailbox.password)
        with pytest.raises(smtplib.SMTPDataError):
            smtp.sendmail(mailbox.address, mailbox.address, "X-Bed-Reject: not today\r\n\r\nHello\r\n")
        smtp.sendmail(mailbox.address, f"bounce@{bed.domain}", "Subject: lost\r\n\r\nHello\r\n")
    mailbox.wait_for(subject="Undelivered Mail Returned to Sender")


def test_a_full_mailbox(bed):
    full = bed.user("full")
    imap = imaplib.IMAP4("127.0.0.1", bed.ports["imap"])
    imap.login(full.login, full.password)
    status, answer = imap.append("INBOX", None, None, b"Subject: big\r\n\r\n" + b"x" * 300_000)
    assert status == "NO" and b"OVERQUOTA" in answer[0]


def test_the_connection_dies_after_the_final_dot_and_the_message_arrives(bed, mailbox):
    with bed.fault("legacy", cut_on={"up": "\r\n.\r\n"}):
        smtp = smtplib.SMTP("localhost", bed.ports["proxy_legacy"])
        smtp.login(mailbox.name, mailbox.password)
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            smtp.sendmail(mailbox.address, mailbox.address, "Subject: after the dot\r\n\r\nHello\r\n")
    mailbox.wait_for(subject="after the dot")


def test_a_closed_port(bed):
    with bed.fault("imap", refuse=True), pytest.raises(ConnectionRefusedError):
        imaplib.IMAP4("localhost", bed.ports["proxy_imap"])


def test_the_connection_dies_at_the_final_dot_and_the_message_does_not_arrive(bed, mailbox):
    with bed.fault("legacy", drop_on={"up": "\r\n.\r\n"}):
        smtp = smtplib.SMTP("localhost", bed.ports["proxy_legacy"])
        smtp.login(mailbox.name, mailbox.password)
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            smtp.sendmail(mailbox.address, mailbox.address, "Subject: at the dot\r\n\r\nHello\r\n")
    assert mailbox.subjects() == []


@pytest.mark.parametrize("rules", [{"silent": True}, {"stall_after": {"down": 10}}])
def test_a_server_that_says_nothing(bed, rules):
    with bed.fault("imap", **rules), pytest.raises(TimeoutError):
        imaplib.IMAP4("localhost", bed.ports["proxy_imap"], timeout=0.3)


def test_a_connection_cut_in_the_middle(bed, mailbox):
    imap = imaplib.IMAP4("localhost", bed.ports["proxy_imap"])
    imap.login(mailbox.name, mailbox.password)
    bed.proxy("imap", cut=True)
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        imap.noop()


def test_a_changed_uidvalidity(bed, mailbox):
    mailbox.append("Subject: kept\n\nHello\n")
    bed.doveadm("mailbox", "update", "-u", mailbox.address, "--uid-validity", "987654321", "INBOX")
    with mailbox.imap() as imap:
        assert imap.response("UIDVALIDITY")[1] == [b"987654321"]
    assert mailbox.subjects() == ["kept"]
