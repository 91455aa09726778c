"""Shared accounts and quotas before real servers: the command line, the session, methods, the event stream."""
import json
import threading
import time

import pytest
import requests

from support.bed import eventually
from support.letters import letter
from support.postroom import PASSWORD

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission", "urn:ietf:params:jmap:quota"]


def call(postroom, user, name, arguments):
    answer = requests.post(f"{postroom.url}/jmap/api", json={"using": USING, "methodCalls": [[name, arguments, "0"]]}, auth=(user, PASSWORD), timeout=60)
    assert answer.ok, answer.text
    name, arguments, _ = answer.json()["methodResponses"][0]
    return arguments["type"] if name == "error" else arguments


@pytest.fixture
def shared(postroom, mailbox):
    mailbox.append(letter("For the team"))
    account = postroom.connect(mailbox)
    account.wait_for("For the team")
    yield account
    postroom.delete(account.path)


def test_sharing_from_the_command_line(postroom, shared):
    get = {"accountId": shared.jmap_id, "ids": []}
    assert call(postroom, "member", "Email/get", get) == "accountNotFound"
    share = postroom.json("account", "share", shared.address, "--user", "admin", "--with", "member", "--right", "read")
    assert (share["userName"], share["right"]) == ("member", "read")
    told = postroom.get("/.well-known/jmap", user="member")["accounts"][shared.jmap_id]
    assert told["isPersonal"] is False and told["isReadOnly"] is True
    found = call(postroom, "member", "Email/query", {"accountId": shared.jmap_id, "filter": {"subject": "team"}})["ids"]
    change = {"accountId": shared.jmap_id, "update": {found[0]: {"keywords/$flagged": True}}}
    assert call(postroom, "member", "Email/set", change) == "accountReadOnly"
    postroom.run("account", "share", shared.address, "--user", "admin", "--with", "member", "--right", "write")
    assert found[0] in call(postroom, "member", "Email/set", change)["updated"]
    shared.mailbox.wait_for("For the team", having="\\Flagged")
    done = postroom.command("account", "share", shared.address, "--user", "admin", "--with", "nobody", "--right", "read")
    assert done.returncode != 0 and "user" in done.stderr
    postroom.run("account", "unshare", shared.address, "--user", "admin", "--with", "member")
    assert call(postroom, "member", "Email/get", get) == "accountNotFound"


def test_the_other_user_hears_of_it_and_sends(postroom, shared, other_mailbox):
    heard = []

    def listen():
        try:
            with requests.get(f"{postroom.url}/jmap/eventsource?types=*&closeafter=no&ping=0", auth=("member", PASSWORD), stream=True, timeout=60) as stream:
                for line in stream.iter_lines():
                    if line.startswith(b"data:"):
                        heard.append(json.loads(line[5:]))
        except (requests.RequestException, AttributeError):
            pass  # The test is over.
    threading.Thread(target=listen, daemon=True).start()
    time.sleep(0.5)
    postroom.post(f"{shared.path}/shares", {"user": "member", "right": "send"})
    shared.mailbox.append(letter("Knock"))
    eventually(lambda: [event for event in heard if shared.jmap_id in event.get("changed", {})], "an event for the shared account")
    # The other user sends as the account.
    identity = call(postroom, "member", "Identity/get", {"accountId": shared.jmap_id, "ids": None})["list"][0]
    folders = shared.folders()
    draft = call(postroom, "member", "Email/set", {"accountId": shared.jmap_id, "create": {"d": {
        "mailboxIds": {folders["drafts"]: True}, "from": [{"email": shared.address}], "to": [{"email": other_mailbox.address}],
        "subject": "From the team", "bodyValues": {"1": {"value": "x"}}, "textBody": [{"partId": "1", "type": "text/plain"}]}}})["created"]["d"]["id"]
    sent = call(postroom, "member", "EmailSubmission/set", {"accountId": shared.jmap_id, "create": {"s": {"identityId": identity["id"], "emailId": draft}}})
    assert sent["created"]["s"]["id"], sent
    assert other_mailbox.wait_for("From the team")
    postroom.delete(f"{shared.path}/shares/{postroom.get('/api/v1/profile', user='member')['id']}", user="member")
    heard.clear()
    shared.mailbox.append(letter("After the end"))
    shared.wait_for("After the end")
    time.sleep(0.5)
    assert not [event for event in heard if shared.jmap_id in json.dumps(event)]


def test_the_servers_quota(postroom, bed):
    account = postroom.connect(bed.user("full"))
    quota = eventually(
        lambda: call(postroom, "admin", "Quota/get", {"accountId": account.jmap_id, "ids": None})["list"], "the quota of the server")
    octets = next(one for one in quota if one["resourceType"] == "octets")
    assert octets["hardLimit"] == 200 * 1024 and 0 <= octets["used"] <= octets["hardLimit"] and octets["scope"] == "account"
    postroom.delete(account.path)
