"""Who gets in, and who sees what."""
import sqlite3

import pytest
import requests

from support.letters import letter
from support.postroom import PASSWORD


def test_three_ways_to_sign_in(postroom):
    profile = f"{postroom.url}/api/v1/profile"
    assert requests.get(profile, auth=("member", PASSWORD), timeout=30).json()["name"] == "member"
    assert requests.get(profile, auth=("member", "wrong"), timeout=30).status_code == 401
    assert requests.get(profile, timeout=30).status_code == 401

    made = postroom.post("/api/v1/tokens", {"name": "script"}, user="member")
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert requests.get(profile, headers=bearer, timeout=30).json()["name"] == "member"
    postroom.delete(f"/api/v1/tokens/{made['token']['id']}", user="member")
    assert requests.get(profile, headers=bearer, timeout=30).status_code == 401

    browser = requests.Session()
    signed_in = browser.post(f"{postroom.url}/api/v1/session", json={"name": "member", "password": PASSWORD}, timeout=30)
    assert signed_in.ok and "HttpOnly" in signed_in.headers["Set-Cookie"]
    assert browser.get(profile, timeout=30).json()["name"] == "member"


def test_another_site_cannot_use_the_cookie(postroom):
    browser = requests.Session()
    browser.post(f"{postroom.url}/api/v1/session", json={"name": "member", "password": PASSWORD}, timeout=30)
    change = {"url": f"{postroom.url}/api/v1/profile", "json": {"displayName": "Changed"}, "timeout": 30}
    assert browser.patch(**change).status_code == 403
    assert browser.patch(**change, headers={"X-Postroom": "1"}).ok


def test_a_mailbox_is_its_owners_alone(postroom, mailbox):
    mailbox.append(letter("private"))
    account = postroom.connect(mailbox, user="member")
    email = account.wait_for("private")
    postroom.post("/api/v1/users", {"name": "stranger", "password": PASSWORD})
    assert postroom.request("GET", account.path, user="stranger").status_code == 404
    assert postroom.request("DELETE", account.path, user="stranger").status_code == 404
    session = postroom.get("/.well-known/jmap", user="stranger")
    assert account.jmap_id not in session["accounts"]
    answer = postroom.post(session["apiUrl"], {
        "using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"],
        "methodCalls": [["Email/get", {"accountId": account.jmap_id, "ids": [email["id"]]}, "0"]]}, user="stranger")
    name, arguments, _ = answer["methodResponses"][0]
    assert (name, arguments["type"]) == ("error", "accountNotFound")
    url = session["downloadUrl"]
    for key, value in {"accountId": account.jmap_id, "blobId": email["blobId"], "name": "x", "type": "text/plain"}.items():
        url = url.replace("{" + key + "}", value)
    assert postroom.request("GET", url, user="stranger").status_code in (403, 404)
    assert postroom.request("GET", f"{account.path}/emails/{email['id']}/html?remote=0", user="stranger").status_code == 404


def test_passwords_are_sealed_and_never_told(own_postroom, mailbox):
    server = own_postroom.serve()
    account = server.connect(mailbox)
    secret = mailbox.password
    assert secret not in str(account.told()) + str(server.get("/api/v1/audit"))
    server.stop()
    assert secret not in "".join(server.output)
    for file in server.data.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file


def test_the_database_itself_keeps_a_provider_in_use(own_postroom, mailbox):
    server = own_postroom.serve()
    server.connect(mailbox)
    server.stop()
    database = next(file for file in server.data.rglob("*") if file.is_file() and file.read_bytes()[:15] == b"SQLite format 3")
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("DELETE FROM providers")
