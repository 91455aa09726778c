"""Each cause that a mail server can give, provoked: by a real server where one does it, by a scripted one for what real ones won't do.

docs/diagnosis.md names the test of every cause; a test of the catalogue holds the two together.
"""
import os
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from support.postroom import BINARY
from support.scripted import ScriptedIMAP, ScriptedSMTP
from support.world import certificates


def verdict(postroom, side, imap, smtp, **more):
    """The diagnosis of one side when an account is connected at two plain servers."""
    return attempt(postroom, imap, smtp, **more)["verdicts"][side]["diagnosis"]


def attempt(postroom, imap, smtp, user="admin", security="none", imap_host="127.0.0.1"):
    provider = postroom.post("/api/v1/providers", {
        "name": "Scripted", "imap": {"host": imap_host, "port": imap, "security": security}, "smtp": {"host": "127.0.0.1", "port": smtp, "security": "none"}},
        user=user)
    try:
        answer = postroom.request(
            "POST", "/api/v1/accounts", {"address": "anna@scripted.test", "providerId": provider["id"], "password": "secret"}, user=user)
        assert answer.status_code == 422, answer.text
        return answer.json()
    finally:
        postroom.delete(f"/api/v1/providers/{provider['id']}", user=user)


IMAP_SIGN_IN = [
    ("NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)", "app-password-required", "password"),
    ("NO [WEBALERT https://accounts.example.test/] Web login required.", "web-sign-in-required", None),
    ("NO LOGIN failed: basic authentication is disabled.", "basic-authentication-disabled", "provider"),
    ("NO [ALERT] Your account is not enabled for IMAP use.", "imap-disabled", None),
    ("NO [CONTACTADMIN] Your account has been locked.", "account-locked", None),
    ("NO [ALERT] Too many simultaneous connections. (Failure)", "too-many-connections", None),
    ("NO [LIMIT] Too many login attempts, try again later.", "too-many-connections", None),
    ("NO Too many login attempts, try again later.", "rate-limited", None),
    ("NO [UNAVAILABLE] Temporary authentication failure.", "server-unavailable", None),
    ("NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", "wrong-credentials", "password"),
]


@pytest.mark.parametrize("answer, cause, field", IMAP_SIGN_IN, ids=[row[1] for row in IMAP_SIGN_IN])
def test_imap_sign_in_refused(postroom, answer, cause, field):
    with ScriptedIMAP(sign_in=answer) as imap, ScriptedSMTP() as smtp:
        told = attempt(postroom, imap.port, smtp.port)
    diagnosis = told["verdicts"]["imap"]["diagnosis"]
    assert (diagnosis["code"], diagnosis["stage"]) == (cause, "sign-in")
    # The server's own words stand beside ours, and the form marks the field at fault.
    assert diagnosis["serverText"] and diagnosis["serverText"] in answer
    assert told["field"] == field and told["verdicts"]["smtp"]["verdict"] == "ok"


SMTP_SIGN_IN = [
    ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", "basic-authentication-disabled"),
    ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", "basic-authentication-disabled"),
    ("534 5.7.9 Application-specific password required.", "app-password-required"),
    ("534 5.7.14 Please log in via your web browser and then try again.", "web-sign-in-required"),
    ("535 5.7.8 Your account has been locked", "account-locked"),
    ("454 4.7.0 Too many login attempts, please try again later.", "rate-limited"),
    ("421 4.7.0 Too many concurrent connections", "too-many-connections"),
    ("535 5.7.8 Username and Password not accepted.", "wrong-credentials"),
]


@pytest.mark.parametrize("answer, cause", SMTP_SIGN_IN, ids=[row[0][:11] + row[1] for row in SMTP_SIGN_IN])
def test_smtp_sign_in_refused(postroom, answer, cause):
    with ScriptedIMAP() as imap, ScriptedSMTP(sign_in=answer) as smtp:
        diagnosis = verdict(postroom, "smtp", imap.port, smtp.port)
    assert (diagnosis["code"], diagnosis["stage"]) == (cause, "sign-in")


IMAP_TALK = [
    ({"greeting": "* BYE Too many connections from your address"}, "too-many-connections"),
    ({"greeting": "* BYE System going down"}, "server-unavailable"),
    ({"greeting": "220 mail.example.test ESMTP"}, "not-this-protocol"),
    ({"greeting": None}, "connection-lost"),
    ({"greeting": "* OK " + "x" * 17_000_000}, "limit-exceeded"),
    ({"sign_in": "BAD what is that"}, "protocol-error"),
    ({"capabilities": "IMAP4rev1 LOGINDISABLED"}, "login-disabled"),
    ({"capabilities": "IMAP4rev1 LOGINDISABLED AUTH=GSSAPI"}, "no-common-mechanism"),
    ({"examine": "NO [UNAVAILABLE] The store is away"}, "server-unavailable"),
    ({"examine": "NO [NOPERM] IMAP access to this mailbox is off"}, "mailbox-unavailable"),
    ({"list": "NO [OVERQUOTA] The mailbox is full"}, "quota-exceeded"),
]


@pytest.mark.parametrize("script, cause", IMAP_TALK, ids=[row[1] for row in IMAP_TALK])
def test_imap_talk(postroom, script, cause):
    with ScriptedIMAP(**script) as imap, ScriptedSMTP() as smtp:
        assert verdict(postroom, "imap", imap.port, smtp.port)["code"] == cause


SMTP_TALK = [
    ({"greeting": "421 4.3.2 Service shutting down"}, "server-unavailable", "greeting"),
    ({"greeting": "* OK IMAP4rev1 ready"}, "not-this-protocol", "greeting"),
    ({"ehlo": ["made.up"]}, "authentication-not-offered", "sign-in"),
    ({"ehlo": ["made.up", "AUTH GSSAPI"]}, "no-common-mechanism", "sign-in"),
    ({"mail": "553 5.7.1 Sender address rejected: not owned by user"}, "sender-not-allowed", "sender"),
    ({"rcpt": "550 5.7.60 SMTP; Client does not have permissions to send as this sender"}, "sender-not-allowed", "sender"),
]


@pytest.mark.parametrize("script, cause, stage", SMTP_TALK, ids=[f"{row[1]}-{row[2]}" for row in SMTP_TALK])
def test_smtp_talk(postroom, script, cause, stage):
    with ScriptedIMAP() as imap, ScriptedSMTP(**script) as smtp:
        diagnosis = verdict(postroom, "smtp", imap.port, smtp.port)
    assert (diagnosis["code"], diagnosis["stage"]) == (cause, stage)


def test_refused_and_unknown_and_not_allowed(postroom):
    with ScriptedSMTP() as smtp:
        for host, cause in (("nowhere.test", "unknown-host"), ("10.1.2.3", "address-not-allowed")):
            diagnosis = verdict(postroom, "imap", 143, smtp.port, imap_host=host)
            assert (diagnosis["code"], diagnosis["field"]) == (cause, "imap.host")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        diagnosis = verdict(postroom, "imap", port, smtp.port)
        assert (diagnosis["code"], diagnosis["field"]) == ("connection-refused", "imap.port")


def test_a_server_that_takes_the_connection_and_says_nothing(postroom, bed, mailbox):
    with ScriptedSMTP() as smtp, bed.fault("imap", silent=True):
        told = attempt(postroom, bed.ports["proxy_imap"], smtp.port)
    assert told["verdicts"]["imap"]["diagnosis"]["code"] == "timed-out"


def test_a_port_for_tls_asked_without_it(postroom, bed):
    with ScriptedSMTP() as smtp:
        for security in ("none", "starttls"):
            diagnosis = verdict(postroom, "imap", bed.ports["imaps"], smtp.port, security=security)
            assert (diagnosis["code"], diagnosis["field"]) == ("tls-on-plaintext-port", "imap.security")


def test_a_port_without_tls_asked_for_it(postroom, bed):
    with ScriptedSMTP() as smtp:
        diagnosis = verdict(postroom, "imap", bed.ports["imap"], smtp.port, security="ssl")
        assert (diagnosis["code"], diagnosis["field"]) == ("plaintext-on-tls-port", "imap.security")


def test_starttls_not_offered(postroom):
    with ScriptedIMAP() as imap, ScriptedSMTP() as smtp:
        diagnosis = verdict(postroom, "imap", imap.port, smtp.port, security="starttls")
    assert (diagnosis["code"], diagnosis["field"]) == ("starttls-not-offered", "imap.security")


def test_an_incomplete_chain(postroom, bed, tmp_path):
    """A certificate of an intermediate authority, sent without it."""
    authority = f"{bed.folder}/ca"
    run = lambda *words: subprocess.run(["openssl", *words], cwd=tmp_path, check=True, capture_output=True)  # noqa: E731
    for name, extension in (("middle", "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign"),
                            ("leaf", "basicConstraints=CA:false\nextendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1\n"
                             "authorityInfoAccess=caIssuers;URI:http://ca.test/middle.crt")):
        (tmp_path / f"{name}.ext").write_text(extension + "\n")
        signer = f"{authority}/ca" if name == "middle" else "middle"
        run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key", "-subj", f"/CN={name}",
            "-out", f"{name}.csr")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-set_serial", "0x1234", "-days", "3000", "-extfile",
            f"{name}.ext", "-out", f"{name}.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "leaf.pem", tmp_path / "leaf.key")
    with ScriptedSMTP() as smtp, Handshakes(context) as port:
        diagnosis = verdict(postroom, "imap", port, smtp.port, security="ssl")
    assert diagnosis["code"] == "certificate-chain-incomplete"


class Handshakes:
    """A port where a TLS handshake is answered as told: by a context, or with these bytes."""

    def __init__(self, context=None, answer=b""):
        self.context, self.answer = context, answer

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self.listener.getsockname()[1]

    def __exit__(self, *_):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
                if self.context:
                    self.context.wrap_socket(connection, server_side=True)
                else:
                    connection.recv(4096)
                    connection.sendall(self.answer)
                    connection.close()
            except ssl.SSLError:
                continue
            except OSError:
                return


def test_a_certificate_that_is_not_valid_yet(postroom, bed, tmp_path):
    folder = shutil.copytree(f"{bed.folder}/ca", tmp_path / "ca")
    certificates.for_names(folder, "future", ["127.0.0.1"], start="20380101000000Z")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "future.pem", folder / "future.key")
    with ScriptedSMTP() as smtp, Handshakes(context) as port:
        assert verdict(postroom, "imap", port, smtp.port, security="ssl")["code"] == "certificate-not-yet-valid"


def test_a_server_that_speaks_outdated_tls_only(postroom):
    """The alert `protocol_version` (RFC 8446, section 6), as such servers answer."""
    with ScriptedSMTP() as smtp, Handshakes(answer=b"\x15\x03\x01\x00\x02\x02\x46") as port:
        assert verdict(postroom, "imap", port, smtp.port, security="ssl")["code"] == "tls-version-too-old"


def test_a_handshake_that_fails(postroom):
    with ScriptedSMTP() as smtp, Handshakes(answer=b"\x15\x03\x03\x00\x02\x02\x28") as port:
        assert verdict(postroom, "imap", port, smtp.port, security="ssl")["code"] == "tls-failed"


def test_no_way_through_the_network(own_postroom):
    """In a network namespace with nothing but loopback, a public address can't be reached."""
    own_postroom.run("provider", "add", "Far away", "--imap", "9.9.9.9", "--smtp", "9.9.9.9")
    words = [BINARY, *own_postroom.options(), "account", "add", "anna@example.test", "--user", "admin", "--provider", "Far away", "--password-stdin"]
    alone = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *map(str, words)]
    done = subprocess.run(alone, input="secret\n", capture_output=True, text=True, timeout=120, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == 69 and "can't be reached" in done.stderr, done.stderr


def test_a_message_larger_than_the_server_takes(postroom, mailbox):
    account = postroom.connect(mailbox, postroom.provider(security="none"))
    sent = account.send(mailbox.address, "too large", "x" * 75 * 20_000)
    told = account.outcome(sent, "refused")
    assert told["diagnosis"]["code"] == "message-too-large"


def test_never_more_than_two_tries_and_never_twice_the_same(postroom):
    """A refused login is tried once more in the other form: nobody is locked out by us."""
    refused = "NO [AUTHENTICATIONFAILED] no"
    with ScriptedIMAP(sign_in=refused, capabilities="IMAP4rev1") as imap, ScriptedSMTP(sign_in="535 5.7.8 no") as smtp:
        attempt(postroom, imap.port, smtp.port)
    logins = [line.split(" ")[2].strip('"') for line in imap.said if " LOGIN " in line]
    assert logins == ["anna@scripted.test", "anna"]
    assert len([line for line in smtp.said if line.startswith("AUTH")]) == 2


def test_a_locked_account_is_not_tried_again(postroom):
    with ScriptedIMAP(sign_in="NO Your account has been locked", capabilities="IMAP4rev1") as imap, ScriptedSMTP() as smtp:
        attempt(postroom, imap.port, smtp.port)
    assert len([line for line in imap.said if " LOGIN " in line]) == 1


def test_members_are_told_causes_and_no_banners_of_private_servers(postroom):
    with ScriptedIMAP(sign_in="NO secret banner", greeting="* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] secret banner") as imap, ScriptedSMTP() as smtp:
        for user, shown in (("admin", True), ("member", False)):
            told = attempt(postroom, imap.port, smtp.port, user=user)
            assert told["verdicts"]["imap"]["diagnosis"]["code"] == "wrong-credentials"
            assert ("secret banner" in str(told)) == shown


def test_the_doctor_times_every_stage_and_waits_for_a_message(postroom, mailbox):
    account = postroom.connect(mailbox)
    stages = postroom.post(f"/api/v1/accounts/{account.id}/doctor", {"sendMessage": True})["stages"]
    seen = [(stage["side"], stage["stage"], stage["verdict"]) for stage in stages]
    assert seen == [(side, stage, "ok") for side, last in (("imap", "folders"), ("smtp", "sender")) for stage in
                    ("name", "connect", "tls", "greeting", "capabilities", "sign-in", last)] + [("smtp", "delivery", "ok"), ("imap", "delivery", "ok")]
    assert all(stage["evidence"] for stage in stages), seen
    assert sum(stage["milliseconds"] > 0 for stage in stages) >= 5
    assert "←" in next(stage["evidence"] for stage in stages if stage["stage"] == "tls"), "the chain is told"


def test_the_doctor_tells_members_nothing_that_private_servers_say(postroom, mailbox):
    account = postroom.connect(mailbox, user="member")
    stages = postroom.post(f"/api/v1/accounts/{account.id}/doctor", {"sendMessage": True}, user="member")["stages"]
    assert {stage["verdict"] for stage in stages} == {"ok"} and stages[-1]["stage"] == "delivery"
    assert not [stage["evidence"] for stage in stages if stage["evidence"]]


def test_nothing_is_sent_where_a_stage_fails(own_postroom, bed, mailbox):
    postroom = own_postroom.serve()
    account = postroom.connect(mailbox, postroom.provider(ports=("imaps", "proxy_submissions")))
    with bed.fault("submissions", refuse=True):
        stages = postroom.post(f"/api/v1/accounts/{account.id}/doctor", {"sendMessage": True})["stages"]
    assert [stage["diagnosis"]["code"] for stage in stages if stage["verdict"] == "failed"] == ["connection-refused"]
    assert not [stage for stage in stages if stage["stage"] == "delivery"]


def test_a_message_that_does_not_arrive(postroom, bed, mailbox):
    """The server takes it and throws it away: told after a minute of waiting."""
    with ScriptedSMTP() as smtp:
        provider = postroom.post("/api/v1/providers", {
            "name": "Black hole", "imap": {"host": "127.0.0.1", "port": bed.ports["imaps"], "security": "ssl"},
            "smtp": {"host": "127.0.0.1", "port": smtp.port, "security": "none"}})
        account = postroom.connect(mailbox, provider)
        stages = postroom.post(f"/api/v1/accounts/{account.id}/doctor", {"sendMessage": True})["stages"]
    assert [(stage["side"], stage["verdict"]) for stage in stages if stage["stage"] == "delivery"] == [("smtp", "ok"), ("imap", "failed")]
    assert stages[-1]["diagnosis"]["code"] == "message-not-arrived"


def test_the_doctor_from_the_command_line(postroom, mailbox):
    postroom.connect(mailbox)
    told = postroom.json("account", "doctor", mailbox.address, "--send-message")
    assert [stage["verdict"] for stage in told["stages"] if stage["stage"] == "delivery"] == ["ok", "ok"]
