"""Connecting a mailbox: security modes, login formats, and each way it can fail with the field and the cause told."""
import pytest

from support.letters import letter


@pytest.mark.parametrize("security", ["ssl", "starttls", "none"])
def test_each_security_mode(postroom, mailbox, security):
    mailbox.append(letter("over " + security))
    account = postroom.connect(mailbox, postroom.provider(security=security))
    assert account.wait_for("over " + security)
    account.outcome(account.send(mailbox.address, "to myself"), "sent")
    assert account.wait_for("to myself")


def test_starttls_where_the_server_insists_on_it(postroom, bed, mailbox):
    provider = postroom.provider(security="starttls", host=bed.remote_host)
    provider = postroom.patch(f"/api/v1/providers/{provider['id']}", {"smtp": {**provider["smtp"], "host": "127.0.0.1"}})
    assert postroom.connect(mailbox, provider)


@pytest.mark.parametrize("login_format", ["email", "mailbox-name"])
def test_login_made_from_the_address(postroom, mailbox, login_format):
    account = postroom.connect(mailbox, postroom.provider(login_format=login_format))
    assert account.told()["login"] == (mailbox.address if login_format == "email" else mailbox.name)


def test_login_by_hand(postroom, bed):
    user = bed.user("manual")
    provider = postroom.provider(login_format="manual")
    refused = postroom.try_to_connect(user, provider, login=user.address)
    assert (refused.status_code, refused.json()["code"]) == (422, "sign-in-failed")
    assert postroom.connect(user, provider, login=user.login).told()["login"] == "m-4711"


def test_a_password_of_unusual_characters(postroom, bed):
    erin = bed.user("erin")
    assert postroom.connect(erin)


def test_wrong_password(postroom, mailbox):
    answer = postroom.try_to_connect(mailbox, postroom.provider(), password="wrong").json()
    assert (answer["code"], answer["field"]) == ("sign-in-failed", "password")
    for side in ("imap", "smtp"):
        assert answer["verdicts"][side]["verdict"] == "failed"
        assert answer["verdicts"][side]["diagnosis"]["code"] == "wrong-credentials"
    assert mailbox.address not in [account["address"] for account in postroom.get("/api/v1/accounts")["accounts"]]


def test_one_side_right_and_one_side_wrong(postroom, bed, mailbox):
    provider = postroom.provider(smtp={"host": "127.0.0.1", "port": bed.ports["smtp"], "security": "none"})
    answer = postroom.try_to_connect(mailbox, provider).json()
    assert answer["verdicts"]["imap"]["verdict"] == "ok"
    assert answer["verdicts"]["smtp"]["diagnosis"]["code"] == "authentication-not-offered"


@pytest.mark.parametrize("kind, cause", [
    ("expired", "certificate-expired"), ("wrongname", "certificate-name-mismatch"),
    ("untrusted", "certificate-unknown-issuer"), ("selfsigned", "certificate-self-signed")])
def test_bad_certificate_and_no_password_said(postroom, bed, mailbox, kind, cause):
    answer = postroom.try_to_connect(mailbox, postroom.provider(host=bed.bad_certificates[kind])).json()
    for side in ("imap", "smtp"):
        assert answer["verdicts"][side]["diagnosis"]["code"] == cause
    assert "sign-in" not in [stage["stage"] for stage in answer["stages"] if stage["verdict"] != "skipped"]


def test_server_away(postroom, bed, mailbox):
    provider = postroom.provider(ports=("proxy_imaps", "submissions"))
    with bed.fault("imaps", refuse=True):
        answer = postroom.try_to_connect(mailbox, provider).json()
    assert answer["verdicts"]["imap"]["diagnosis"]["code"] == "connection-refused"
    assert answer["verdicts"]["smtp"]["verdict"] == "ok"


def test_tls_asked_of_a_port_without_it(postroom, mailbox):
    answer = postroom.try_to_connect(mailbox, postroom.provider(security="ssl", ports=("imap", "submission"))).json()
    assert answer["verdicts"]["smtp"]["diagnosis"]["code"] == "plaintext-on-tls-port"
    # Dovecot hangs up at the first byte of TLS, before it has said anything that would give it away.
    assert answer["verdicts"]["imap"]["diagnosis"]["code"] in ("plaintext-on-tls-port", "tls-failed")


def test_plain_where_the_server_takes_no_password(postroom, bed, mailbox):
    """Dovecot forbids passwords in the clear there (LOGINDISABLED); SCRAM proves the password without showing it."""
    answer = postroom.try_to_connect(mailbox, postroom.provider(security="none", host=bed.remote_host)).json()
    assert answer["verdicts"]["imap"]["verdict"] == "ok"
    assert answer["verdicts"]["smtp"]["diagnosis"]["code"] == "connection-refused"
    wrong = postroom.try_to_connect(mailbox, postroom.provider(security="none", host=bed.remote_host), password="wrong").json()
    assert wrong["verdicts"]["imap"]["diagnosis"]["code"] == "wrong-credentials"


def test_diagnosis_in_the_language_asked_for(postroom, mailbox):
    provider, titles = postroom.provider(), []
    for language in ("en", "ru"):
        answer = postroom.request("POST", "/api/v1/accounts", {
            "address": mailbox.address, "providerId": provider["id"], "password": "wrong"}, headers={"Accept-Language": language})
        titles.append(answer.json()["verdicts"]["imap"]["diagnosis"]["title"])
    assert titles[0].isascii() and any("а" <= letter <= "я" for letter in titles[1])


def test_the_same_mailbox_twice(postroom, mailbox):
    provider = postroom.provider()
    postroom.connect(mailbox, provider)
    again = postroom.try_to_connect(mailbox, provider)
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
