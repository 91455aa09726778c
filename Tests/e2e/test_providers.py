"""The directory of providers and domains, and who may change it."""
import pytest


def test_a_provider_in_use_cannot_be_deleted(postroom, mailbox):
    provider = postroom.provider()
    account = postroom.connect(mailbox, provider)
    refused = postroom.request("DELETE", f"/api/v1/providers/{provider['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "provider-in-use")
    assert [held["address"] for held in refused.json()["accounts"]] == [mailbox.address]
    postroom.delete(account.path)
    postroom.delete(f"/api/v1/providers/{provider['id']}")
    assert postroom.request("GET", f"/api/v1/providers/{provider['id']}").status_code == 404


@pytest.mark.parametrize("host, port, code, suggestion", [
    ("imap@domain.com", 993, "host-looks-like-address", "imap.domain.com"), ("imap.domain.com", 455, "port-455", 465),
    ("imap.domain.com", 70000, "invalid-port", None), ("imap..domain.com", 993, "invalid-host", None), ("", 993, "required", None)])
def test_hosts_and_ports_are_checked(postroom, host, port, code, suggestion):
    answer = postroom.request("POST", "/api/v1/providers", {
        "name": "Wrong", "imap": {"host": host, "port": port, "security": "ssl"}, "smtp": {"host": "smtp.domain.com"}})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    if suggestion:
        assert answer.json()["suggestion"] == suggestion


def test_defaults(postroom):
    provider = postroom.post("/api/v1/providers", {"name": "Defaults", "imap": {"host": "imap.domain.com"}, "smtp": {"host": "smtp.domain.com"}})
    assert provider["imap"] == {"host": "imap.domain.com", "port": 993, "security": "ssl"}
    assert provider["smtp"] == {"host": "smtp.domain.com", "port": 465, "security": "ssl"}
    assert (provider["loginFormat"], provider["authentication"]) == ("email", "basic")


def test_a_members_provider_serves_him_alone_until_shared(postroom):
    mine = postroom.provider(user="member")
    assert not mine["isShared"]
    postroom.post(f"/api/v1/providers/{mine['id']}/share")
    assert postroom.get(f"/api/v1/providers/{mine['id']}")["isShared"]
    assert postroom.request("POST", f"/api/v1/providers/{mine['id']}/share", user="member").status_code == 403


def test_adding_kept_to_administrators(postroom):
    postroom.patch("/api/v1/settings", {"providersByAdministrators": True})
    try:
        refused = postroom.request("POST", "/api/v1/providers", {"name": "No", "imap": {"host": "a.test"}, "smtp": {"host": "a.test"}}, user="member")
        assert (refused.status_code, refused.json()["code"]) == (403, "providers-by-administrators")
        postroom.post("/api/v1/provider-requests", {"address": "me@elsewhere.test", "note": "please"}, user="member")
        assert "me@elsewhere.test" in [request["address"] for request in postroom.get("/api/v1/provider-requests")["requests"]]
    finally:
        postroom.patch("/api/v1/settings", {"providersByAdministrators": False})


def test_a_domain_leads_to_its_provider(postroom):
    provider = postroom.provider(login_format="manual")
    postroom.post("/api/v1/domains", {"domain": "directory.test", "providerId": provider["id"]})
    found = postroom.get("/api/v1/discovery?address=someone@directory.test")
    assert (found["match"], found["provider"]["id"], found["nextStep"]) == ("directory", provider["id"], "login")
    nobody = postroom.get("/api/v1/discovery?address=someone@nobody-knows.invalid")
    assert (nobody["match"], nobody["nextStep"]) == ("none", "choose")


def test_the_domains_of_a_provider_change_with_it(postroom):
    made = postroom.post("/api/v1/providers", {"name": "Moves", "imap": {"host": "imap.domain.com"}, "smtp": {"host": "smtp.domain.com"}, "domains": ["old.test", "kept.test"]})
    path = f"/api/v1/providers/{made['id']}"
    assert postroom.patch(path, {"domains": ["kept.test", "NEW.test"]})["domains"] == ["kept.test", "new.test"]
    assert postroom.patch(path, {"name": "Moved"})["domains"] == ["kept.test", "new.test"]
    refused = postroom.request("PATCH", path, {"domains": ["not a domain"]})
    assert (refused.status_code, refused.json()["field"]) == (422, "domains")
    assert postroom.get("/api/v1/discovery?address=a@new.test")["provider"]["id"] == made["id"]
    assert postroom.get(path)["domains"] == ["kept.test", "new.test"]


def test_the_connection_test_tells_stage_by_stage(postroom, bed, mailbox):
    provider = {
        "name": "Trial", "imap": {"host": "127.0.0.1", "port": bed.ports["imaps"], "security": "ssl"},
        "smtp": {"host": bed.bad_certificates["expired"], "port": bed.ports["submissions"], "security": "ssl"}}
    stages = postroom.post("/api/v1/providers/test", {
        "provider": provider, "address": mailbox.address, "password": mailbox.password})["stages"]
    imap = {stage["stage"]: stage["verdict"] for stage in stages if stage["side"] == "imap"}
    smtp = {stage["stage"]: stage for stage in stages if stage["side"] == "smtp"}
    assert all(imap[stage] == "ok" for stage in ("name", "connect", "tls", "greeting", "capabilities", "sign-in"))
    assert smtp["connect"]["verdict"] == "ok"
    assert (smtp["tls"]["verdict"], smtp["tls"]["diagnosis"]["code"]) == ("failed", "certificate-expired")
    assert smtp["tls"]["diagnosis"]["fix"]


def test_a_member_is_no_administrator(postroom):
    for method, path in [("GET", "/api/v1/users"), ("PATCH", "/api/v1/settings"), ("GET", "/api/v1/audit")]:
        assert postroom.request(method, path, {} if method == "PATCH" else None, user="member").status_code == 403
