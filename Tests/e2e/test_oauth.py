"""OAuth 2.0 on a real authorization server, which Dovecot and Postfix ask about each token: consent, renewal, rotation, revocation."""
import json
import subprocess
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests

from support.bed import eventually
from support.jmap import Account
from support.letters import letter
from support.oauth import Browser, connect, device_link
from support.postroom import BINARY


@pytest.fixture
def provider(postroom, authorization_server):
    return postroom.provider(authentication="oauth2", oauth=authorization_server.settings())


def oauth_provider(postroom, server, **more):
    return postroom.provider(authentication="oauth2", oauth=server.settings(**more))


def grant(account):
    return account.told()["grant"]


def renewed(account, server, ttl=3):
    """Waits for a renewal of a token that lives for `ttl` seconds."""
    before = server.asked(account.mailbox)
    eventually(lambda: server.asked(account.mailbox) > before, f"a renewal for {account.address}")


def reconnect(account):
    """The mail server ends the account's sessions; Postroom has to sign in anew. After a start there is none for a moment, and nothing to end."""
    def kicked():
        try:
            account.mailbox.bed.doveadm("kick", account.address)
        except AssertionError:
            return False
        return True

    eventually(kicked, "a session to end")


# Connecting.

@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_connect_sync_and_send(postroom, authorization_server, mailbox, security):
    mailbox.append(letter("before the sign-in"))
    provider = postroom.provider(security=security, authentication="oauth2", oauth=authorization_server.settings())
    account = connect(postroom, authorization_server, mailbox, provider)
    assert account.wait_for("before the sign-in")
    account.outcome(account.send(mailbox.address, "with a token"), "sent")
    assert account.wait_for("with a token")
    told = grant(account)
    assert (told["state"], told["nextAction"], told["identity"]) == ("active", "refresh", mailbox.address)
    assert told["scopes"] == ["mail", "openid", "email"] and told["expiresAt"] > told["grantedAt"]
    # Both sides signed in with the token, by what the servers offer.
    stages = postroom.post(f"{account.path}/doctor")["stages"]
    evidence = [stage["evidence"] for stage in stages if stage["stage"] == "sign-in"]
    assert len(evidence) == 2 and all(text.startswith("OAUTHBEARER, token until") for text in evidence), evidence


def test_where_only_xoauth2_is_offered(postroom, authorization_server, bed, mailbox, provider):
    """As the large services do: the mechanism is chosen by what the server says it has."""
    account = connect(postroom, authorization_server, mailbox, provider)
    config = bed.folder + "/dovecot/dovecot.conf"
    with open(config) as file:
        text = file.read()
    try:
        with open(config, "w") as file:
            file.write(text.replace("xoauth2 oauthbearer\n", "xoauth2\n", 1))
        bed.doveadm("reload")

        def by_xoauth2():
            stages = postroom.post(f"{account.path}/doctor")["stages"]
            evidence = [stage["evidence"] for stage in stages if stage["stage"] == "sign-in" and stage["verdict"] == "ok"]
            return len(evidence) == 2 and all(text.startswith("XOAUTH2,") for text in evidence)
        eventually(by_xoauth2, "both sides to sign in by XOAUTH2")
    finally:
        with open(config, "w") as file:
            file.write(text)
        bed.doveadm("reload")


def test_a_public_client_by_pkce_alone(postroom, authorization_server, mailbox):
    settings = {**authorization_server.settings(), "clientId": "postroom-public", "clientSecret": None, "isPublic": True}
    account = connect(postroom, authorization_server, mailbox, postroom.provider(authentication="oauth2", oauth=settings))
    assert grant(account)["state"] == "active"


def test_basic_client_authentication(postroom, authorization_server, mailbox):
    provider = oauth_provider(postroom, authorization_server, clientAuthentication="basic")
    assert connect(postroom, authorization_server, mailbox, provider)


def test_a_password_is_not_taken(postroom, mailbox, provider):
    answer = postroom.try_to_connect(mailbox, provider)
    assert (answer.status_code, answer.json()["code"]) == (422, "oauth-sign-in-required")


def test_addresses_by_the_issuer(postroom, authorization_server, mailbox):
    issuer = authorization_server.issuer
    found = postroom.post("/api/v1/oauth/discover", {"issuer": issuer})["oauth"]
    assert found["tokenUrl"] == issuer + "/token" and found["deviceUrl"] == issuer + "/device_authorization"
    assert found["sendsIssuer"] and found["scopes"] == ["mail", "openid", "email"]
    provider = postroom.provider(authentication="oauth2", oauth={
        "clientId": "postroom", "clientSecret": authorization_server.clients["postroom"], "issuer": issuer})
    assert provider["oauth"]["authorizeUrl"] == issuer + "/authorize" and provider["oauth"]["hasClientSecret"]
    assert connect(postroom, authorization_server, mailbox, provider)
    answer = postroom.request("POST", "/api/v1/oauth/discover", {"issuer": issuer + "/nobody"})
    assert (answer.status_code, answer.json()["code"]) == (422, "oauth-no-metadata")


def test_the_secret_is_never_shown(postroom, authorization_server, provider):
    secret = authorization_server.clients["postroom"]
    assert secret not in json.dumps(postroom.get("/api/v1/providers"))
    assert postroom.get(f"/api/v1/providers/{provider['id']}")["oauth"]["hasClientSecret"] is True


def test_known_services_fill_themselves_in(own_postroom, bed):
    own_postroom.run(
        "provider", "add", "Gmail", "--imap", "imap.gmail.com", "--smtp", "smtp.gmail.com", "--auth", "oauth2", "--client-id", "x",
        "--client-secret-stdin", given="secret\n")
    told = own_postroom.json("provider", "show", "Gmail")["oauth"]
    assert told["tokenUrl"] == "https://oauth2.googleapis.com/token" and "https://mail.google.com/" in told["scopes"]


# What must be refused.

def test_consent_refused(postroom, authorization_server, mailbox, provider):
    browser = Browser(postroom, "admin")
    attempt = browser.begin(mailbox, provider)
    assert browser.visit(authorization_server.consent(attempt["authorizeUrl"], mailbox, allow=False)).status_code == 303
    told = browser.get(f"/api/v1/oauth/sign-ins/{attempt['id']}")
    assert (told["phase"], told["diagnosis"]["code"]) == ("refused", "consent-missing")
    problem = browser.post(f"/api/v1/oauth/sign-ins/{attempt['id']}/finish", status=422)
    assert problem["code"] == "consent-missing" and "access_denied" in problem["serverText"]
    assert mailbox.address not in [account["address"] for account in postroom.get("/api/v1/accounts")["accounts"]]


def test_wrong_account_by_its_identity(postroom, authorization_server, mailbox, other_mailbox, provider):
    problem = Browser(postroom, "admin").sign_in(authorization_server, mailbox, provider, person=other_mailbox, status=422)
    assert problem["code"] == "wrong-account" and other_mailbox.address in problem["detail"] and mailbox.address in problem["detail"]
    # What was issued to the wrong person was given back at once.
    assert other_mailbox.address in authorization_server.state()["revoked"]


def test_wrong_account_where_the_service_does_not_say_who(postroom, authorization_server, mailbox, other_mailbox, provider):
    authorization_server.set(identity=False)
    problem = Browser(postroom, "admin").sign_in(authorization_server, mailbox, provider, person=other_mailbox, status=422)
    assert problem["code"] == "sign-in-failed"
    assert {verdict["diagnosis"]["code"] for verdict in problem["verdicts"].values()} == {"token-refused"}


def changed(url, **changes):
    parts = urlsplit(url)
    query = {name: value for name, value in {**dict(parse_qsl(parts.query)), **changes}.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(query)))


def test_state_is_for_one_browser_and_one_use(postroom, authorization_server, mailbox, provider):
    browser, stranger, victim = Browser(postroom, "admin"), Browser(postroom, "admin"), Browser(postroom, "member")
    attempt = browser.begin(mailbox, provider)
    back = authorization_server.consent(attempt["authorizeUrl"], mailbox)
    for visit in (lambda: requests.get(back, allow_redirects=False, timeout=30), lambda: stranger.visit(back), lambda: victim.visit(back),
                  lambda: browser.visit(changed(back, state="guessed")), lambda: browser.visit(changed(back, state=None))):
        answer = visit()
        assert answer.status_code == 400 and "This sign-in is not under way" in answer.text
    assert browser.get(f"/api/v1/oauth/sign-ins/{attempt['id']}")["phase"] == "waiting"
    assert browser.visit(back).status_code == 303
    assert browser.visit(back).status_code == 400
    answer = postroom.request("GET", f"/api/v1/oauth/sign-ins/{attempt['id']}", user="member")
    assert answer.status_code == 404


def test_answers_of_another_issuer(postroom, authorization_server, mailbox, provider):
    for wrong in ("https://somebody.else.test", None):
        browser = Browser(postroom, "admin")
        attempt = browser.begin(mailbox, provider)
        back = changed(authorization_server.consent(attempt["authorizeUrl"], mailbox), iss=wrong)
        assert browser.visit(back).status_code == 400
        assert browser.post(f"/api/v1/oauth/sign-ins/{attempt['id']}/finish", status=422)["code"] == "consent-missing"


def test_a_code_without_its_verifier_is_worth_nothing(postroom, authorization_server, mailbox, provider):
    browser = Browser(postroom, "admin")
    attempt = browser.begin(mailbox, provider)
    assert "code_challenge_method=S256" in attempt["authorizeUrl"]
    tampered = changed(attempt["authorizeUrl"], code_challenge="A" * 43)
    assert browser.visit(authorization_server.consent(tampered, mailbox)).status_code == 303
    problem = browser.post(f"/api/v1/oauth/sign-ins/{attempt['id']}/finish", status=422)
    assert problem["code"] == "consent-missing" and "invalid_grant" in problem["serverText"]


def test_a_code_of_somebody_elses_sign_in(postroom, authorization_server, mailbox, other_mailbox, provider):
    """A code that an attacker got for himself, put into the victim's way back: its verifier is another one."""
    browser, attacker = Browser(postroom, "admin"), Browser(postroom, "member")
    stolen = dict(parse_qsl(urlsplit(
        authorization_server.consent(attacker.begin(other_mailbox, provider)["authorizeUrl"], other_mailbox)).query))["code"]
    attempt = browser.begin(mailbox, provider)
    browser.visit(changed(authorization_server.consent(attempt["authorizeUrl"], mailbox), code=stolen))
    assert browser.post(f"/api/v1/oauth/sign-ins/{attempt['id']}/finish", status=422)["code"] == "consent-missing"


def test_sign_in_server_away(postroom, authorization_server, mailbox, provider):
    browser = Browser(postroom, "admin")
    attempt = browser.begin(mailbox, provider)
    browser.visit(authorization_server.consent(attempt["authorizeUrl"], mailbox))
    authorization_server.set(fail_token=[503, 1])
    problem = browser.post(f"/api/v1/oauth/sign-ins/{attempt['id']}/finish", status=422)
    assert problem["code"] == "oauth-server-unavailable" and problem["actor"] == "nobody"


def test_a_wrong_client_secret_is_the_administrators_to_mend(postroom, authorization_server, mailbox):
    provider = oauth_provider(postroom, authorization_server, clientSecret="not it")
    problem = Browser(postroom, "admin").sign_in(authorization_server, mailbox, provider, status=422)
    assert (problem["code"], problem["actor"]) == ("oauth-client-refused", "postroom-administrator")


# Renewal.

def test_renewed_ahead_of_its_end_and_rotated(postroom, authorization_server, mailbox, provider):
    authorization_server.set(access_ttl=4)
    issued_before = len(authorization_server.state()["tokens"])
    account = connect(postroom, authorization_server, mailbox, provider)
    for _ in range(2):
        renewed(account, authorization_server)
    eventually(lambda: grant(account)["lastRefreshAt"], "the renewal to be told")
    told = grant(account)
    assert told["state"] == "active" and told["lastRefreshAt"] >= told["grantedAt"]
    # The open session lived on through the ends of its token; a new one needs a token that is good now.
    mailbox.append(letter("on the old session"))
    assert account.wait_for("on the old session")
    reconnect(account)
    mailbox.append(letter("on a new session"))
    assert account.wait_for("on a new session")
    account.outcome(account.send(mailbox.address, "sent after renewals"), "sent")
    issued = authorization_server.state()["tokens"][issued_before:]
    spent = [token["spent"] for token in issued if token["user"] == mailbox.address]
    assert spent.count(False) == 1, "each refresh token but the newest is spent"


def test_one_renewal_whoever_asks(postroom, authorization_server, mailbox, provider):
    """The mirror, the doctor and the outbox all need a token at once; a rotating refresh token may be shown once."""
    account = connect(postroom, authorization_server, mailbox, provider)
    authorization_server.order("expire", user=mailbox.address)
    authorization_server.set(delay_answer=1)
    before = authorization_server.asked(mailbox)
    reconnect(account)
    submission = account.send(mailbox.address, "while it is renewed")
    account.outcome(submission, "sent")
    eventually(lambda: account.phase() == "upToDate", "the account to be up to date")
    assert account.wait_for("while it is renewed")
    assert authorization_server.asked(mailbox) == before + 1
    assert grant(account)["state"] == "active"


def test_a_token_refused_in_mid_life(postroom, authorization_server, mailbox, provider):
    """It looks good to us, but the server has forgotten it: one renewal, then on."""
    account = connect(postroom, authorization_server, mailbox, provider)
    authorization_server.order("expire", user=mailbox.address)
    account.outcome(account.send(mailbox.address, "sent with a renewed token"), "sent")
    reconnect(account)
    assert account.wait_for("sent with a renewed token")
    assert authorization_server.asked(mailbox) >= 1 and grant(account)["state"] == "active"


def test_trouble_that_passes_is_waited_out(postroom, authorization_server, mailbox, provider):
    account = connect(postroom, authorization_server, mailbox, provider)
    authorization_server.set(fail_token=[503, 2])
    authorization_server.order("expire", user=mailbox.address)
    reconnect(account)

    def waits():
        told = grant(account)
        return told["nextAction"] == "retry" and told["diagnosis"]["code"] == "oauth-server-unavailable"
    eventually(waits, "the failed renewal to be told")
    mailbox.append(letter("after the trouble"))
    assert account.wait_for("after the trouble")
    assert grant(account)["nextAction"] == "refresh"


def test_server_down_and_back(postroom, authorization_server, bed, mailbox, provider):
    account = connect(postroom, authorization_server, mailbox, provider)
    bed.servers("stop", "oauth")
    try:
        reconnect(account)
        eventually(lambda: account.phase() == "waiting", "the account to wait")
        assert account.told()["status"]["diagnosis"]["actor"] == "nobody"
    finally:
        bed.servers("start", "oauth")
    # Its memory is gone with it: what was granted is unknown now, which is final.
    eventually(lambda: grant(account)["state"] == "sign-in-needed", "the grant to need its person", patience=60)


# The end of a grant, and a new beginning.

def test_revoked_in_mid_session_then_signed_in_again(postroom, authorization_server, mailbox, provider):
    mailbox.append(letter("before"), flags="\\Flagged")
    account = connect(postroom, authorization_server, mailbox, provider)
    before, folders = account.wait_for("before"), account.folders()
    authorization_server.order("revoke", user=mailbox.address)
    reconnect(account)
    eventually(lambda: account.phase() == "needsAttention", "the account to need its person")
    told = account.told()
    assert told["status"]["diagnosis"]["code"] == "token-revoked" and told["status"]["diagnosis"]["actor"] == "you"
    assert (told["grant"]["state"], told["grant"]["nextAction"]) == ("sign-in-needed", "sign-in")
    asked = authorization_server.asked(mailbox)
    postroom.post(f"{account.path}/sync")
    stages = postroom.post(f"{account.path}/doctor")["stages"]
    assert {stage["diagnosis"]["code"] for stage in stages if stage["stage"] == "sign-in"} == {"token-revoked"}
    assert authorization_server.asked(mailbox) == asked, "invalid_grant is final: nobody asks again"

    campaign = postroom.get("/api/v1/reauthorizations")["accounts"]
    waiting = next(entry for entry in campaign if entry["address"] == mailbox.address)
    assert waiting["link"].endswith(f"/#/accounts/{account.id}?sign-in=1") and waiting["providerName"] == provider["name"]
    assert postroom.request("GET", "/api/v1/reauthorizations", user="member").status_code == 403

    submission = account.send(mailbox.address, "written meanwhile")
    mailbox.append(letter("arrived meanwhile"))
    again = Browser(postroom, "admin").sign_in(authorization_server, mailbox, account=account)
    assert again["id"] == account.id
    assert account.wait_for("arrived meanwhile")
    after = account.wait_for("before")
    assert (after["id"], after["threadId"], after["keywords"]) == (before["id"], before["threadId"], before["keywords"])
    assert account.folders() == folders
    account.outcome(submission, "sent")
    assert grant(account)["state"] == "active"
    assert mailbox.address not in [entry["address"] for entry in postroom.get("/api/v1/reauthorizations")["accounts"]]


def test_signing_in_again_as_somebody_else(postroom, authorization_server, mailbox, other_mailbox, provider):
    account = connect(postroom, authorization_server, mailbox, provider)
    problem = Browser(postroom, "admin").sign_in(authorization_server, mailbox, account=account, person=other_mailbox, status=422)
    assert problem["code"] == "wrong-account"
    assert grant(account)["state"] == "active", "the old grant is untouched"


def test_disconnect_revokes(postroom, authorization_server, mailbox, provider):
    account = connect(postroom, authorization_server, mailbox, provider)
    mine = [entry for entry in postroom.get("/api/v1/grants")["grants"] if entry["address"] == mailbox.address]
    assert mine and mine[0]["accountId"] == account.id
    postroom.delete(f"/api/v1/grants/{account.id}")
    assert authorization_server.state()["revoked"].count(mailbox.address) == 2, "both tokens"
    assert all(token["revoked"] for token in authorization_server.state()["tokens"] if token["user"] == mailbox.address)
    assert mailbox.address not in [entry["address"] for entry in postroom.get("/api/v1/grants")["grants"]]
    eventually(lambda: account.phase() == "needsAttention", "the account to need its person")
    assert account.told()["status"]["diagnosis"]["code"] == "consent-missing"
    assert Browser(postroom, "admin").sign_in(authorization_server, mailbox, account=account)["grant"]["state"] == "active"


def test_disconnect_while_the_service_is_away(postroom, authorization_server, mailbox, provider):
    account = connect(postroom, authorization_server, mailbox, provider)
    authorization_server.set(fail_revoke=[503, 2])
    postroom.delete(f"/api/v1/grants/{account.id}")
    assert mailbox.address not in authorization_server.state()["revoked"]
    eventually(lambda: authorization_server.state()["revoked"].count(mailbox.address) >= 2, "the tokens to be given back", patience=60)


def test_removing_the_account_revokes(postroom, authorization_server, mailbox, provider):
    account = connect(postroom, authorization_server, mailbox, provider)
    postroom.delete(account.path)
    assert mailbox.address in authorization_server.state()["revoked"]


def test_only_the_owner_signs_in_again(postroom, authorization_server, mailbox, provider):
    account = connect(postroom, authorization_server, mailbox, provider, user="member")
    answer = postroom.request("POST", "/api/v1/oauth/sign-ins", {"accountId": account.id}, user="admin")
    assert answer.status_code == 404


# The process dies.

def test_killed_between_the_question_and_its_answer(own_postroom, authorization_server, mailbox):
    """kill -9 after the service has rotated the token and before we have the new one; the service allows for a lost answer."""
    account, asked = killed_in_renewal(own_postroom, authorization_server, mailbox, grace=True)
    eventually(lambda: authorization_server.asked(mailbox) > asked, "the interrupted renewal to be asked for again")
    eventually(lambda: grant(account)["lastRefreshAt"] and grant(account)["state"] == "active", "the grant to be renewed")
    reconnect(account)
    mailbox.append(letter("after the kill"))
    assert account.wait_for("after the kill")
    assert grant(account)["state"] == "active"


def test_killed_where_the_service_allows_for_nothing(own_postroom, authorization_server, mailbox):
    """The rotated token never reached us and the old one is taken for stolen: the person is asked, and told why."""
    account, _ = killed_in_renewal(own_postroom, authorization_server, mailbox, grace=False)
    eventually(lambda: grant(account)["state"] == "sign-in-needed", "the grant to need its person")
    assert grant(account)["diagnosis"]["code"] == "token-revoked"
    again = Browser(own_postroom, "admin").sign_in(authorization_server, mailbox, account=account)
    assert again["id"] == account.id and again["grant"]["state"] == "active"


def killed_in_renewal(postroom, server, mailbox, grace):
    postroom.serve()
    issued_before = len(server.state()["tokens"])
    account = connect(postroom, server, mailbox, oauth_provider(postroom, server))
    server.set(grace=grace, delay_answer=20)
    server.order("expire", user=mailbox.address)
    before = server.asked(mailbox)
    reconnect(account)
    eventually(lambda: server.asked(mailbox) > before, "a renewal to be asked for")
    eventually(lambda: any(t["spent"] for t in server.state()["tokens"][issued_before:] if t["user"] == mailbox.address), "the token to be rotated")
    postroom.kill()
    server.set(delay_answer=0)
    asked = server.asked(mailbox)
    postroom.serve()
    return account, asked


def test_killed_after_a_renewal(own_postroom, authorization_server, mailbox):
    """What was answered is on the disk before it is used."""
    own_postroom.serve()
    authorization_server.set(access_ttl=3)
    account = connect(own_postroom, authorization_server, mailbox, oauth_provider(own_postroom, authorization_server))
    for _ in range(3):
        # Killed after the answer is written: before that, this server takes the spent token for stolen (the test above).
        before = grant(account)["lastRefreshAt"]
        eventually(lambda: grant(account)["lastRefreshAt"] != before, "a renewal to be written")
        own_postroom.kill()
        own_postroom.serve()
    authorization_server.set(access_ttl=3600)
    eventually(lambda: account.phase() == "upToDate", "the account to be up to date")
    reconnect(account)
    mailbox.append(letter("after three kills"))
    assert account.wait_for("after three kills")


# The command line.

def device_command(postroom, *words):
    return subprocess.Popen(
        [BINARY, *postroom.options(), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_device_sign_in_on_the_command_line(own_postroom, authorization_server, bed, mailbox):
    server, secret = authorization_server, authorization_server.clients["postroom"]
    own_postroom.run(
        "provider", "add", "Bed Mail", "--imap", f"127.0.0.1:{bed.ports['imaps']}", "--imap-security", "ssl", "--smtp",
        f"127.0.0.1:{bed.ports['submissions']}", "--smtp-security", "ssl", "--auth", "oauth2", "--client-id", "postroom",
        "--client-secret-stdin", "--authorize-url", server.issuer + "/authorize", "--token-url", server.issuer + "/token",
        "--device-url", server.issuer + "/device_authorization", "--revoke-url", server.issuer + "/revoke",
        "--scope", "mail", "--scope", "openid email", given=secret + "\n")
    adding = device_command(own_postroom, "account", "add", mailbox.address, "--user", "admin", "--provider", "Bed Mail", "--device")
    server.approve_device(device_link(adding), mailbox)
    out, err = adding.communicate(timeout=60)
    assert adding.returncode == 0 and mailbox.address in out, err
    mailbox.append(letter("by the command line"))
    assert own_postroom.json("sync", mailbox.address)["address"] == mailbox.address
    assert "by the command line" in own_postroom.run("mail", "list", mailbox.address, "--json")
    shown = own_postroom.run("account", "show", mailbox.address)
    assert "grant.state active" in shown and "grant.scopes mail openid email" in shown and "grant.expiresAt 20" in shown

    server.order("revoke", user=mailbox.address)
    refused = own_postroom.command("sync", mailbox.address)
    assert refused.returncode in (0, 77), refused.stderr  # the access token may have been good for the last time
    server.order("expire", user=mailbox.address)
    refused = own_postroom.command("sync", mailbox.address)
    assert refused.returncode == 77 and "revoked" in refused.stderr
    again = device_command(own_postroom, "account", "reauth", mailbox.address)
    server.approve_device(device_link(again), mailbox)
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, err
    assert own_postroom.json("sync", mailbox.address)["address"] == mailbox.address


def test_device_sign_in_refused(postroom, authorization_server, mailbox, provider):
    adding = device_command(postroom, "account", "add", mailbox.address, "--user", "admin", "--provider", provider["name"], "--device")
    authorization_server.approve_device(device_link(adding), mailbox, allow=False)
    out, err = adding.communicate(timeout=60)
    assert adding.returncode == 77 and "access_denied" in err


def test_no_device_sign_in_at_this_provider(postroom, authorization_server, mailbox):
    provider = oauth_provider(postroom, authorization_server, deviceUrl=None)
    done = postroom.command("account", "add", mailbox.address, "--user", "admin", "--provider", provider["name"], "--device")
    assert done.returncode == 65 and postroom.url in done.stderr
