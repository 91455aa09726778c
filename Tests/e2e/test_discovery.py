"""Discovery on a made-up world: each rung, conflicts between rungs, hostile answers, and nobody there at all."""
import json
import socket

import pytest

from support.explorer import Worldly, explorer, world  # noqa: F401
from support.letters import letter


def discover(explorer, address, **more):
    return explorer.get(f"/api/v1/discovery?address={address}", **more)


def verdicts(found):
    return {source["name"]: source["verdict"] for source in found["sources"]}


def notes(found, name):
    source = next(source for source in found["sources"] if source["name"] == name)
    return [note["code"] for note in source["notes"]]


@pytest.mark.parametrize("domain, source", [
    ("pacc.test", "pacc"), ("auto.test", "autoconfig"), ("wellknown.test", "autoconfig"), ("srv.test", "srv"), ("disco.test", "autodiscover")])
def test_each_rung_by_itself(explorer, domain, source):
    found = discover(explorer, f"anna@{domain}")
    assert (found["match"], found["nextStep"]) == ("discovered", "password")
    winner = found["candidates"][0]
    assert (winner["source"], winner["verdict"], winner["needsConfirmation"]) == (source, "verified", False)
    assert winner["imap"] == {"host": f"imap.{domain}", "port": 993, "security": "ssl"}
    assert winner["smtp"] == {"host": f"smtp.{domain}", "port": 465, "security": "ssl"}
    assert verdicts(found)[source] == "won"
    # What was seen of the servers before anybody was asked anything.
    for server in winner["servers"]:
        assert server["verdict"] == "ok" and "PLAIN" in server["mechanisms"]
        stages = {stage["stage"]: stage["verdict"] for stage in server["stages"]}
        assert all(stages[name] == "ok" for name in ("name", "connect", "tls", "greeting", "capabilities"))


def test_the_exchanger_of_a_known_service(explorer):
    found = discover(explorer, "anna@company.test")
    assert (found["candidates"][0]["source"], found["candidates"][0]["catalogueId"]) == ("mx", "gmail")
    assert found["candidates"][0]["verdict"] == "verified" and found["nextStep"] == "password"
    assert found["candidates"][0]["appPassword"]["url"].startswith("https://")


def test_guesses_are_probed_and_wait_for_the_person(explorer):
    found = discover(explorer, "anna@guess.test")
    assert found["nextStep"] == "confirm"
    winner = found["candidates"][0]
    assert (winner["source"], winner["verdict"], [caution["code"] for caution in winner["cautions"]]) == ("guess", "verified", ["guessed"])
    refused = explorer.command("account", "add", "anna@guess.test", "--user", "admin", "--password-stdin", given="secret\n")
    assert refused.returncode == 65 and "--accept-discovered" in refused.stderr


@pytest.mark.parametrize("domain, source", [("mxauto.test", "autoconfig"), ("elsewhere.test", "srv")])
def test_servers_of_another_domain_wait_for_the_person(explorer, domain, source):
    found = discover(explorer, f"anna@{domain}")
    assert (found["candidates"][0]["source"], found["nextStep"]) == (source, "confirm")
    assert [caution["code"] for caution in found["candidates"][0]["cautions"]] == ["other-domain"]


def test_a_more_trusted_source_wins_and_the_other_is_told(explorer):
    found = discover(explorer, "anna@conflict.test")
    assert found["candidates"][0]["imap"]["host"] == "imap.conflict.test"
    told = verdicts(found)
    assert told["pacc"] == "won" and told["autoconfig"] in ("lost", "skipped")


def test_the_directory_asks_nobody(explorer, bed):
    provider = explorer.provider(domains=["auto.test"], name="Ours")
    try:
        found = discover(explorer, "anna@auto.test")
        assert (found["match"], found["provider"]["id"], found["candidates"]) == ("directory", provider["id"], [])
        assert set(verdicts(found).values()) == {"won", "skipped"}
    finally:
        explorer.delete(f"/api/v1/providers/{provider['id']}")


def test_the_catalogue_knows_at_once(explorer):
    found = discover(explorer, "anna@gmail.com")
    assert (found["match"], found["candidates"][0]["catalogueId"], found["candidates"][0]["verdict"]) == ("catalogue", "gmail", "verified")
    assert verdicts(found)["pacc"] == "skipped"
    # Its servers can't be reached from this world: the entry stays right, and says that it was not checked.
    found = discover(explorer, "anna@rambler.ru")
    assert (found["candidates"][0]["verdict"], found["nextStep"]) == ("unverified", "password")
    found = discover(explorer, "anna@outlook.com")
    assert found["nextStep"] == "administrator"


@pytest.mark.parametrize("domain, note", [("huge.test", "too-large"), ("slow.test", "timed-out"), ("bomb.test", "document-type-refused")])
def test_a_hostile_answer_spoils_nothing(explorer, domain, note):
    found = discover(explorer, f"anna@{domain}")
    assert note in notes(found, "autoconfig")
    assert (found["candidates"][0]["source"], found["candidates"][0]["verdict"]) == ("srv", "verified")
    assert found["milliseconds"] < 4_500


@pytest.mark.parametrize("domain, note, verdict", [
    ("redirect.test", "address-not-allowed", "failed"), ("unprotected.test", "insecure-redirect", "failed"), ("echo.test", "another-address", "failed"),
    ("badcert.test", "certificate", "failed"), ("page.test", "not-this-document", "nothing")])
def test_answers_that_are_not_taken(explorer, domain, note, verdict):
    found = discover(explorer, f"anna@{domain}")
    assert note in notes(found, "autoconfig") and verdicts(found)["autoconfig"] == verdict
    assert (found["match"], found["nextStep"]) == ("none", "choose")


def test_a_digest_that_does_not_fit(explorer):
    found = discover(explorer, "anna@paccbad.test")
    assert notes(found, "pacc") == ["digest-mismatch"] and found["match"] == "none"


def test_servers_in_a_network_that_is_not_allowed(explorer):
    found = discover(explorer, "anna@private.test", user="member")
    assert verdicts(found)["srv"] == "failed" and found["nextStep"] == "choose"
    assert found["candidates"][0]["verdict"] == "failed"
    assert "10.9.8.7" not in json.dumps(found)


def test_a_domain_that_offers_no_mail_service(explorer):
    assert notes(discover(explorer, "anna@srvoff.test"), "srv") == ["not-offered"]


def test_a_domain_that_nobody_knows(explorer):
    found = discover(explorer, "anna@nothing.test")
    assert (found["match"], found["candidates"], found["nextStep"]) == ("none", [], "choose")
    assert {verdict for name, verdict in verdicts(found).items()} <= {"nothing"}


def test_all_rungs_dead(bed, world, tmp_path):
    """The name server takes every question and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        dead = Worldly(bed, tmp_path / "dead")
        dead.dns = f"127.0.0.1:{silent.getsockname()[1]}"
        found = dead.json("discover", "anna@somewhere.test")
    assert found["match"] == "none" and found["milliseconds"] < 5_000
    assert "timed-out" in verdicts(found).values() or "failed" in verdicts(found).values()


def test_a_member_sees_no_banners_of_private_servers(explorer):
    for user, shown in (("admin", True), ("member", False)):
        servers = discover(explorer, "anna@srv.test", user=user)["candidates"][0]["servers"]
        greetings = [stage["evidence"] for server in servers for stage in server["stages"] if stage["stage"] == "greeting"]
        assert all(bool(greeting) == shown for greeting in greetings), greetings
        assert all(bool(server["mechanisms"]) == shown for server in servers)


def test_connecting_what_was_discovered(explorer, bed):
    """An address and a password are enough; the login turns out to be the name alone, and that is said."""
    mailbox = bed.fresh_mailbox()
    mailbox.append(letter("found by discovery"))
    address = f"{mailbox.name}@local.{bed.domain}"
    winner = discover(explorer, address, user="member")["candidates"][0]
    provider = {key: winner[key] for key in ("name", "imap", "smtp", "loginFormat", "authentication", "domains")}
    wrong = explorer.request("POST", "/api/v1/accounts", {"address": address, "provider": provider, "password": "wrong"}, user="member")
    assert wrong.status_code == 422 and wrong.json()["code"] == "sign-in-failed"
    assert explorer.get("/api/v1/providers", user="member")["providers"] == [], "a refused sign-in leaves no provider behind"
    account = explorer.post("/api/v1/accounts", {"address": address, "provider": provider, "password": mailbox.password}, user="member")
    assert account["login"] == mailbox.name
    assert (account["notice"]["code"], account["notice"]["field"]) == ("wrong-login-format", "login")
    made = explorer.get("/api/v1/providers", user="member")["providers"]
    assert [(one["loginFormat"], one["isShared"]) for one in made] == [("mailbox-name", False)]
    explorer.delete(f"/api/v1/accounts/{account['id']}", user="member")
    explorer.delete(f"/api/v1/providers/{made[0]['id']}", user="member")


def test_only_administrators_add_providers_where_that_is_so(explorer, bed):
    explorer.patch("/api/v1/settings", {"providersByAdministrators": True})
    try:
        winner = discover(explorer, "anna@auto.test", user="member")["candidates"][0]
        provider = {key: winner[key] for key in ("name", "imap", "smtp", "loginFormat", "authentication", "domains")}
        refused = explorer.request("POST", "/api/v1/accounts", {"address": "anna@auto.test", "provider": provider, "password": "x"}, user="member")
        assert (refused.status_code, refused.json()["code"]) == (403, "providers-by-administrators")
    finally:
        explorer.patch("/api/v1/settings", {"providersByAdministrators": False})


def test_the_command_line_connects_and_explains(explorer, bed):
    mailbox = bed.fresh_mailbox()
    address = f"{mailbox.name}@local.{bed.domain}"
    shown = explorer.run("discover", address)
    assert "autoconfig" in shown and "imap.local" in shown
    done = explorer.command("account", "add", address, "--user", "member", "--password-stdin", given=mailbox.password + "\n")
    assert done.returncode == 0, done.stderr
    assert "another form" in done.stderr


def test_taking_a_catalogue_entry_over(explorer):
    assert len(explorer.get("/api/v1/catalogue")["entries"]) >= 120
    assert [entry["id"] for entry in explorer.get("/api/v1/catalogue?query=rambler")["entries"]] == ["rambler"]
    assert explorer.request("POST", "/api/v1/catalogue/gmail/adopt", {}, user="member").status_code == 403
    provider = explorer.post("/api/v1/catalogue/gmail/adopt", {})
    assert "googlemail.com" in provider["domains"] and provider["isShared"]
    assert explorer.request("POST", "/api/v1/catalogue/gmail/adopt", {}).json()["code"] == "duplicate"
    assert discover(explorer, "anna@gmail.com")["match"] == "directory"
    exported = explorer.run("provider", "export")
    assert "imap.gmail.com" in exported
    # Its servers answer as entered; then the entry is changed, and no longer does.
    assert explorer.post(f"/api/v1/providers/{provider['id']}/check")["verdict"] == "ok"
    explorer.patch(f"/api/v1/providers/{provider['id']}", {"imap": {"host": "imap.gmail.com", "port": 995, "security": "ssl"}})
    check = explorer.post(f"/api/v1/providers/{provider['id']}/check")
    assert (check["verdict"], check["sides"][0]["diagnosis"]["code"]) == ("failed", "connection-refused")
    assert explorer.get(f"/api/v1/providers/{provider['id']}")["check"]["verdict"] == "failed"
    explorer.delete(f"/api/v1/providers/{provider['id']}")


def test_probes_are_limited_for_members(explorer):
    answers = [explorer.request("GET", "/api/v1/discovery?address=anna@gmail.com", user="member") for _ in range(25)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited and limited[0].json()["code"] == "too-many-probes" and int(limited[0].headers["Retry-After"]) > 0
