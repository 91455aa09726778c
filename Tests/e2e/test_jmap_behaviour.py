"""What RFC 8620 and RFC 8621 ask of a server, on the wire, before real mail servers: `postroom demo --empty` and nothing else.

The same set-up that a public conformance suite needs: Basic sign-in, an empty account, a second user who can be sent to, folders
with the usual roles.
"""
import base64
import json
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests

from support.bed import Bed, eventually
from support.wire import CORE, MAIL, Wire

NOW = datetime.now(timezone.utc).replace(microsecond=0)


def ago(**span):
    return (NOW - timedelta(**span)).isoformat().replace("+00:00", "Z")


def message(sender, subject, body, to="testuser@example.com", days=1.0, message_id=None, kind="text/plain; charset=UTF-8", headers=()):
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Date: {format_datetime(NOW - timedelta(days=days))}"]
    if message_id:
        lines.append(f"Message-ID: <{message_id}@test>")
    return "\r\n".join([*lines, "MIME-Version: 1.0", f"Content-Type: {kind}", *headers, "", body])


def multipart(kind, *parts):
    return "".join(f"--cut\r\n{part}\r\n" for part in parts) + "--cut--\r\n", f"multipart/{kind}; boundary=cut"


PDF = "Content-Type: application/pdf; name=report.pdf\r\nContent-Disposition: attachment; filename=report.pdf\r\n" \
      "Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"%PDF-1.4\n1 0 obj\n").decode()
PICTURE = "Content-Type: image/jpeg\r\nContent-ID: <image001@test>\r\nContent-Disposition: inline\r\n" \
          "Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"\xff\xd8\xff\xe0").decode()
HTML = "Content-Type: text/html; charset=UTF-8\r\n\r\n"
TEXT = "Content-Type: text/plain; charset=UTF-8\r\n\r\n"


class World(Wire):
    """The first user's account with mail in it that each test knows by name."""

    def __init__(self, url, user):
        super().__init__(url, user["name"], user["password"])
        self.by, self.roles = {}, {}

    def fill(self):
        self.roles = self.folders()
        self.a, self.b = self.folder("Test Folder A"), self.folder("Test Folder B")
        self.child = self.folder("Child 1", self.a)
        self.other_child = self.folder("Child 2", self.a)
        self.inbox, self.drafts = self.roles["inbox"], self.roles["drafts"]
        report, report_kind = multipart("mixed", HTML + "<h1>Q3 Report</h1>", PDF)
        digest, digest_kind = multipart("alternative", TEXT + "Weekly Digest - plain", HTML + "<h1>Weekly Digest</h1>")
        picture, picture_kind = multipart("related", HTML + '<img src="cid:image001@test">', PICTURE)
        for name, folders, keywords, days, source in [
            ("plain", self.inbox, ["$seen"], 10, message(
                "Alice Sender <alice@example.com>", "Meeting tomorrow morning", "Let's meet at 9am in the conference room.", days=10, message_id="plain")),
            ("report", self.inbox, ["$seen", "$flagged"], 9, message(
                "Bob Jones <bob@example.org>", "Q3 Financial Report", report, days=9, kind=report_kind, headers=["Cc: charlie@example.net"])),
            ("thread1", self.a, ["$seen"], 8, message(
                "testuser@example.com", "Project Alpha Discussion", "The timeline.", to="alice@example.com", days=8, message_id="alpha1")),
            ("thread2", self.inbox, [], 7, message(
                "Alice Sender <alice@example.com>", "Re: Project Alpha Discussion", "Thursday?", days=7, message_id="alpha2",
                headers=["In-Reply-To: <alpha1@test>", "References: <alpha1@test>"])),
            ("thread3", self.inbox, ["$answered"], 6, message(
                "Bob Jones <bob@example.org>", "Re: Project Alpha Discussion", "I'll bring the xylophone.", days=6, message_id="alpha3",
                headers=["In-Reply-To: <alpha2@test>", "References: <alpha1@test> <alpha2@test>"])),
            ("both", [self.inbox, self.a], ["$seen"], 5, message("David Cross <david@example.com>", "Cross-filed document", "Twice.", days=5)),
            ("large", self.b, [], 4, message("Eve <eve@example.com>", "Detailed analysis", "Много слов о деле. " * 3000, days=4)),
            ("digest", self.inbox, ["$seen"], 3, message("Frank <frank@example.com>", "Newsletter", digest, days=3, kind=digest_kind)),
            ("empty", self.inbox, ["$seen"], 2, message("Grace <grace@example.com>", "", "No subject.", days=2)),
            ("tagged", self.inbox, ["$seen", "$forwarded", "custom_label"], 1, message("Henry <henry@example.com>", "Tagged", "Tags.")),
            ("old", self.a, ["$seen"], 30, message("Iris <iris@example.com>", "Archived correspondence", "Old.", days=30)),
            ("bcc", self.a, ["$seen", "$draft"], 2, message(
                "testuser@example.com", "Confidential", "Hush.", to="jack@example.com", days=2, headers=["Bcc: secret@example.com"])),
            ("list", self.inbox, ["$seen"], 1, message("List <list@example.com>", "List post", "Post.", headers=[
                "List-Post: <mailto:list@example.com>", "List-Unsubscribe: <https://example.com/unsub>", "X-Custom-Header: custom-value-12345"])),
            ("picture", self.inbox, ["$seen"], 0.5, message("Kate <kate@example.com>", "Image", picture, days=0.5, kind=picture_kind)),
            ("korean", self.inbox, ["$seen"], 0.2, message(
                "=?EUC-KR?B?seS/tbjR?= <korean@example.com>", "=?EUC-KR?B?sNa0z7TZx9Cw+A==?=",
                base64.b64encode("테스트 이메일입니다".encode("euc-kr")).decode(), kind="text/plain; charset=EUC-KR",
                headers=["Content-Transfer-Encoding: base64"])),
            ("sort1", self.b, ["$seen"], 3, message("Zara First <zara@example.com>", "Alpha sort", "A" * 100, days=5)),
            ("sort2", self.b, ["$seen", "$flagged"], 2, message("Amy Second <amy@example.com>", "Beta sort", "B" * 500, days=3)),
            ("sort3", self.b, [], 1, message("Mike Third <mike@example.com>", "Gamma sort", "C" * 50)),
            ("child", self.child, ["$seen"], 5, message("Nancy <nancy@example.com>", "In nested folder", "Nested.", days=5)),
            ("broken", self.inbox, ["$seen"], 0.1, message(
                "broken@example.com", "Malformed", "Too long: " + "x" * 1500 + "\r\ncaf\xe9", kind="text/plain; charset=us-ascii",
                headers=["X-Broken: a \x01\x02 b"])),
        ]:
            made = self.bring(source.encode("latin-1") if name == "broken" else source, folders, keywords, ago(days=days))
            assert made["created"], (name, made)
            self.by[name] = made["created"]["i"]["id"]
        return self

    def find(self, **more):
        return self.call("Email/query", **more)["ids"]

    def names(self, ids):
        known = {email: name for name, email in self.by.items()}
        return [known.get(email, email) for email in ids]


@pytest.fixture(scope="module")
def world(demo):
    world = World(demo["url"], demo["users"][0])
    eventually(lambda: {"inbox", "drafts", "sent", "trash", "junk"} <= set(world.folders()), "the folders of the account")
    assert all(folder["role"] for folder in world.call("Mailbox/get", ids=None)["list"])
    assert world.call("Email/query", calculateTotal=True)["total"] == 0
    return world.fill()


@pytest.fixture(scope="module")
def second(demo):
    return Wire(demo["url"], demo["users"][1]["name"], demo["users"][1]["password"])


# RFC 8620 §2: the session.

def test_session(world):
    told, account = world.session, world.session["accounts"][world.account]
    core = told["capabilities"][CORE]
    for limit in ["maxSizeUpload", "maxConcurrentUpload", "maxSizeRequest", "maxConcurrentRequests", "maxCallsInRequest",
                  "maxObjectsInGet", "maxObjectsInSet"]:
        assert isinstance(core[limit], int) and core[limit] > 0
    assert isinstance(core["collationAlgorithms"], list)
    assert account["name"] and account["isPersonal"] is True and account["isReadOnly"] is False
    mail = account["accountCapabilities"][MAIL]
    assert {"maxMailboxesPerEmail", "maxMailboxDepth", "maxSizeMailboxName", "maxSizeAttachmentsPerEmail", "emailQuerySortOptions",
            "mayCreateTopLevelMailbox"} <= set(mail)
    assert mail["maxSizeMailboxName"] >= 100
    assert told["username"] == world.auth[0] and told["state"]
    for variable in ["accountId", "blobId", "name", "type"]:
        assert "{" + variable + "}" in told["downloadUrl"]
    assert "{accountId}" in told["uploadUrl"]
    assert all("{" + variable + "}" in told["eventSourceUrl"] for variable in ["types", "closeafter", "ping"])
    # Only capabilities of the server may be named by an account.
    assert set(account["accountCapabilities"]) <= set(told["capabilities"])
    assert set(told["primaryAccounts"].values()) == {world.account}


def test_session_of_nobody(demo):
    assert requests.get(f"{demo['url']}/.well-known/jmap", timeout=30).status_code == 401
    assert requests.get(f"{demo['url']}/.well-known/jmap", auth=("anna", "wrong"), timeout=30).status_code == 401


# RFC 8620 §3: requests.

@pytest.mark.parametrize("body, kind, problem", [
    ("this is not json", "application/json", "notJSON"),
    ('{"using": ["a"], "using": []}', "application/json", "notJSON"),
    ('{"foo": "bar"}', "application/json", "notRequest"),
    ('{"using": ["urn:ietf:params:jmap:core"], "methodCalls": "none"}', "application/json", "notRequest"),
    ('{"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["Core/echo", {}]]}', "application/json", "notRequest"),
    ('{"using": ["urn:fake:nonexistent"], "methodCalls": []}', "application/json", "unknownCapability"),
    ('{"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["Core/echo", {}, "0"]]}', "text/plain", "notJSON"),
    (json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {}, str(n)] for n in range(500)]}), "application/json", "limit"),
])
def test_refused_requests(world, body, kind, problem):
    answer = world.post(body, kind)
    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == "urn:ietf:params:jmap:error:" + problem and told["status"] == answer.status_code
    assert problem != "limit" or told["limit"] == "maxCallsInRequest"


def test_calls_and_their_order(world):
    answer = world.responses(
        ["Mailbox/get", {"accountId": world.account, "ids": []}, "one"], ["Core/echo", {"a": {"b": [1, 2.5, None, True]}}, "two"],
        ["Fake/method", {}, "three"], ["Core/echo", {}, "two"])
    assert [(name, call) for name, _, call in answer["methodResponses"]] == [
        ("Mailbox/get", "one"), ("Core/echo", "two"), ("error", "three"), ("Core/echo", "two")]
    assert answer["methodResponses"][1][1] == {"a": {"b": [1, 2.5, None, True]}}
    assert answer["methodResponses"][2][1]["type"] == "unknownMethod"
    assert answer["sessionState"] == world.session["state"]
    assert world.responses(["Core/echo", {}, "0"], using=[])["methodResponses"][0][0] == "error"
    # The language that is spoken to people is told.
    for wanted, spoken in [("ru-RU,en;q=0.5", "ru"), ("fr, en;q=0.5", "en")]:
        told = requests.post(world.session["apiUrl"], json={"using": [], "methodCalls": []}, auth=world.auth, headers={"Accept-Language": wanted}, timeout=30)
        assert told.status_code == 200 and told.headers["Content-Language"] == spoken


def test_method_errors(world):
    assert world.error("Mailbox/get", {}) == "invalidArguments"
    assert world.error("Mailbox/get", {"accountId": "nonexistent-account-id-xyz"}) == "accountNotFound"
    assert world.refusal("Mailbox/get", ids="not-an-array") == "invalidArguments"
    assert world.refusal("Mailbox/get", ids=[1]) == "invalidArguments"
    assert world.refusal("Mailbox/get", properties=["nonsense"]) == "invalidArguments"
    assert world.refusal("Mailbox/get", nonsense=True) == "invalidArguments"
    assert world.refusal("Email/get", ids=["e1"] * 2 + [f"e{n}" for n in range(5000)]) == "requestTooLarge"
    assert world.refusal("Email/set", destroy=[f"e{n}" for n in range(1, 5000)]) == "requestTooLarge"
    assert world.refusal("Mailbox/set", ifInState="no-such-state", update={}) == "stateMismatch"
    assert world.refusal("Email/changes", sinceState="no-such-state") == "cannotCalculateChanges"
    assert world.refusal("Email/changes", sinceState=world.state("Email"), maxChanges=0) == "invalidArguments"
    assert world.refusal("Email/query", limit=-1) == "invalidArguments"
    assert world.refusal("Email/query", filter={"nonsense": 1}) == "unsupportedFilter"
    assert world.refusal("Email/query", sort=[{"property": "nonsense"}]) == "unsupportedSort"
    assert world.refusal("Email/query", sort=[{"property": "subject", "collation": "i;nonsense"}]) == "unsupportedSort"
    assert world.refusal("Email/query", filter={"operator": "XOR", "conditions": []}) == "invalidArguments"
    assert world.refusal("Email/query", anchor="nonexistent-email-xyz") == "anchorNotFound"


def test_back_references(world):
    account = world.account
    answer = world.responses(
        ["Email/query", {"accountId": account, "filter": {"inMailbox": world.inbox}, "limit": 3}, "q"],
        ["Email/get", {"accountId": account, "#ids": {"resultOf": "q", "name": "Email/query", "path": "/ids"}, "properties": ["threadId"]}, "g"],
        ["Thread/get", {"accountId": account, "#ids": {"resultOf": "g", "name": "Email/get", "path": "/list/*/threadId"}}, "t"],
        ["Email/get", {"accountId": account, "#ids": {"resultOf": "t", "name": "Thread/get", "path": "/list/*/emailIds"}, "properties": ["id"]}, "e"],
        ["Mailbox/changes", {"accountId": account, "#sinceState": {"resultOf": "m", "name": "Mailbox/get", "path": "/state"}}, "c"])["methodResponses"]
    assert len(answer[1][1]["list"]) == 3 and len(answer[2][1]["list"]) == 3 and len(answer[3][1]["list"]) >= 3
    assert answer[4][1]["type"] == "invalidResultReference"
    for reference in [{"resultOf": "none", "name": "Email/query", "path": "/ids"}, {"resultOf": "q", "name": "Mailbox/get", "path": "/ids"},
                      {"resultOf": "q", "name": "Email/query", "path": "/nothing"}]:
        told = world.responses(["Email/query", {"accountId": account, "limit": 1}, "q"],
                               ["Email/get", {"accountId": account, "#ids": reference}, "g"])["methodResponses"][1]
        assert told[1]["type"] == "invalidResultReference"
    twice = world.responses(["Mailbox/get", {"accountId": account, "ids": [], "#ids": {"resultOf": "q", "name": "x", "path": ""}}, "g"])
    assert twice["methodResponses"][0][1]["type"] == "invalidArguments"


def test_creation_ids_across_calls(world):
    answer = world.responses(
        ["Mailbox/set", {"accountId": world.account, "create": {"box": {"name": "Creation Ref Test", "parentId": None}}}, "m"],
        ["Mailbox/set", {"accountId": world.account, "create": {"in": {"name": "Within", "parentId": "#box"}}}, "n"],
        ["Email/set", {"accountId": world.account, "create": {"mail": {
            "mailboxIds": {"#box": True}, "subject": "ref", "bodyValues": {"1": {"value": "x"}}, "textBody": [{"partId": "1", "type": "text/plain"}]}}}, "e"],
        createdIds={"before": world.inbox})
    ids = answer["createdIds"]
    assert set(ids) == {"before", "box", "in", "mail"} and ids["before"] == world.inbox
    assert world.one(ids["mail"])["mailboxIds"] == {ids["box"]: True}
    later = world.responses(["Mailbox/get", {"accountId": world.account, "ids": ["#box"]}, "0"], createdIds=ids)
    assert later["methodResponses"][0][1]["list"][0]["id"] == ids["box"]
    world.destroy("Email", ids["mail"])
    world.destroy("Mailbox", ids["in"], ids["box"])


# RFC 8620 §6: binary data.

def test_upload_and_download(world):
    for data, kind in [(b"Hello, JMAP!", "text/plain"), (bytes([0, 1, 2, 255, 254]), "application/octet-stream"),
                       (bytes(n & 255 for n in range(100 * 1024)), "application/octet-stream"), (b"<p>x</p>", "text/html"), (b"", "text/plain")]:
        told = world.upload(data, kind)
        assert (told["accountId"], told["type"], told["size"]) == (world.account, kind, len(data))
        got = world.download(told["blobId"], "name with space.bin", "application/x-else")
        assert got.status_code == 200 and got.content == data
        assert got.headers["Content-Type"] == "application/x-else" and "name with space.bin" in got.headers["Content-Disposition"]
        assert "immutable" in got.headers["Cache-Control"]
    missing = world.download("nonexistent-blob-id-xyz")
    assert missing.status_code == 404 and missing.headers["Content-Type"] == "application/problem+json"
    source = world.download(world.one(world.by["plain"], properties=["blobId"])["blobId"])
    assert b"conference room" in source.content
    elsewhere = world.session["uploadUrl"].replace("{accountId}", "a999999")
    assert requests.post(elsewhere, data=b"x", auth=world.auth, timeout=30).status_code == 404


def test_blob_copy(world):
    assert world.error("Blob/copy", {"fromAccountId": world.account, "accountId": world.account, "blobIds": ["x"]}) == "invalidArguments"
    assert world.error("Blob/copy", {"fromAccountId": "a999", "accountId": world.account, "blobIds": []}) == "fromAccountNotFound"


# RFC 8621 §2: mailboxes.

def test_mailbox_get(world):
    everything = world.call("Mailbox/get", ids=None)
    for folder in everything["list"]:
        assert set(folder) == {"id", "name", "parentId", "role", "sortOrder", "totalEmails", "unreadEmails", "totalThreads",
                               "unreadThreads", "myRights", "isSubscribed"}
        assert set(folder["myRights"]) == {"mayReadItems", "mayAddItems", "mayRemoveItems", "maySetSeen", "maySetKeywords",
                                           "mayCreateChild", "mayRename", "mayDelete", "maySubmit"}
    got = world.call("Mailbox/get", ids=[world.inbox, "nonexistent", world.child, world.child], properties=["name", "parentId"])
    assert got["notFound"] == ["nonexistent"] and [set(folder) for folder in got["list"]] == [{"id", "name", "parentId"}] * 2
    assert got["list"][1]["parentId"] == world.a
    inbox = world.call("Mailbox/get", ids=[world.inbox])["list"][0]
    found = world.call("Email/query", filter={"inMailbox": world.inbox}, calculateTotal=True)
    assert inbox["totalEmails"] == found["total"] == len(found["ids"])
    unread = world.call("Email/query", filter={"inMailbox": world.inbox, "notKeyword": "$seen"}, calculateTotal=True)["total"]
    assert inbox["unreadEmails"] == unread
    threads = world.call("Email/query", filter={"inMailbox": world.inbox}, collapseThreads=True, calculateTotal=True)["total"]
    assert inbox["totalThreads"] == threads


def test_mailbox_changes(world):
    for kind in ["Mailbox", "Email", "Thread", "Identity", "EmailSubmission"]:
        state = world.state(kind)
        told = world.call(f"{kind}/changes", sinceState=state)
        assert (told["oldState"], told["newState"], told["hasMoreChanges"]) == (state, state, False)
        assert told["created"] == told["updated"] == told["destroyed"] == []
    before = world.state("Mailbox")
    folder = world.folder("Temp Changes")
    made = world.call("Mailbox/changes", sinceState=before)
    assert folder in made["created"]
    middle = world.state("Mailbox")
    renamed = world.call("Mailbox/set", update={folder: {"name": "After Rename"}})
    assert renamed["oldState"] == middle and renamed["newState"] != middle
    told = world.call("Mailbox/changes", sinceState=middle)
    assert folder in told["updated"] and told["updatedProperties"] is None
    world.destroy("Mailbox", folder)
    gone = world.call("Mailbox/changes", sinceState=before)
    assert folder not in gone["created"] + gone["updated"] + gone["destroyed"]
    assert folder in world.call("Mailbox/changes", sinceState=middle)["destroyed"]


def test_mailbox_changes_of_counts(world):
    before = world.state("Mailbox")
    world.call("Email/set", update={world.by["thread2"]: {"keywords/$seen": True}})
    told = world.call("Mailbox/changes", sinceState=before)
    assert world.inbox in told["updated"]
    assert set(told["updatedProperties"]) <= {"totalEmails", "unreadEmails", "totalThreads", "unreadThreads"}
    world.call("Email/set", update={world.by["thread2"]: {"keywords/$seen": None}})


def test_mailbox_query(world):
    def ids(**more):
        return world.call("Mailbox/query", **more)["ids"]
    everything = world.call("Mailbox/query", filter={}, calculateTotal=True)
    assert len(everything["ids"]) == everything["total"] and everything["position"] == 0
    assert isinstance(everything["canCalculateChanges"], bool) and everything["queryState"]
    assert set(ids(filter=None)) == set(everything["ids"])
    top = ids(filter={"parentId": None})
    assert {world.inbox, world.a, world.b} <= set(top) and world.child not in top
    assert set(ids(filter={"parentId": world.a})) == {world.child, world.other_child}
    assert ids(filter={"name": "Test Folder A"}) == [world.a]
    assert ids(filter={"role": "inbox"}) == [world.inbox]
    assert world.a in ids(filter={"hasAnyRole": False}) and world.a not in ids(filter={"hasAnyRole": True})
    assert world.a in ids(filter={"role": None})
    names = {folder["id"]: folder["name"] for folder in world.call("Mailbox/get", ids=None)["list"]}
    ordered = ids(sort=[{"property": "name", "isAscending": True}])
    assert [names[one].lower() for one in ordered] == sorted(names[one].lower() for one in ordered)
    assert ids(sort=[{"property": "name"}], position=1, limit=2) == ordered[1:3]
    assert ids(sort=[{"property": "name"}], position=-2) == ordered[-2:]
    assert ids(sort=[{"property": "name"}], anchor=ordered[3], anchorOffset=-1, limit=2) == ordered[2:4]
    tree = ids(sort=[{"property": "name"}], sortAsTree=True)
    place = tree.index(world.a)
    assert tree[place + 1:place + 3] == [world.child, world.other_child]
    assert ids(filter={"name": "Child"}, filterAsTree=True) == [] != ids(filter={"name": "Child"})
    either = {"operator": "OR", "conditions": [{"role": "inbox"}, {"operator": "NOT", "conditions": [{"hasAnyRole": True}]}]}
    assert {world.inbox, world.a} <= set(ids(filter=either)) and world.drafts not in ids(filter=either)


def test_mailbox_query_changes(world):
    sort = [{"property": "name", "isAscending": True}]
    before = world.call("Mailbox/query", filter={}, sort=sort)
    none = world.call("Mailbox/queryChanges", filter={}, sort=sort, sinceQueryState=before["queryState"])
    assert none["removed"] == none["added"] == [] and none["oldQueryState"] == none["newQueryState"] == before["queryState"]
    folder = world.folder("QC Test")
    told = world.call("Mailbox/queryChanges", filter=None, sort=sort, sinceQueryState=before["queryState"], calculateTotal=True)
    after = world.call("Mailbox/query", sort=sort)["ids"]
    assert {"id": folder, "index": after.index(folder)} in told["added"] and told["total"] == len(after)
    world.destroy("Mailbox", folder)


def test_mailbox_set(world):
    folder = world.folder("Movable", world.a, sortOrder=10)
    world.call("Mailbox/set", update={folder: {"parentId": world.b, "name": "Moved", "sortOrder": 99, "isSubscribed": False}})
    now = world.call("Mailbox/get", ids=[folder])["list"][0]
    assert (now["parentId"], now["name"], now["sortOrder"], now["isSubscribed"]) == (world.b, "Moved", 99, False)

    def refused(create):
        return world.call("Mailbox/set", create={"x": create})["notCreated"]["x"]
    twice = refused({"name": "Moved", "parentId": world.b})
    assert (twice["type"], twice["properties"], twice["existingId"]) == ("alreadyExists", ["name"], folder)
    assert refused({"parentId": None})["properties"] == ["name"]
    assert refused({"name": "", "parentId": None})["type"] == "invalidProperties"
    assert refused({"name": "x" * 1000})["type"] == "invalidProperties"
    assert refused({"name": "X", "parentId": "m999999"})["properties"] == ["parentId"]
    assert refused({"name": "X", "nonsense": 1})["properties"] == ["nonsense"]
    assert refused({"name": "X", "totalEmails": 5})["properties"] == ["totalEmails"]
    circle = world.call("Mailbox/set", update={world.b: {"parentId": folder}})["notUpdated"][world.b]
    assert circle["type"] == "invalidProperties" and circle["properties"] == ["parentId"]
    assert world.call("Mailbox/set", destroy=["nonexistent"])["notDestroyed"]["nonexistent"]["type"] == "notFound"
    assert world.call("Mailbox/set", update={"nonexistent": {"name": "x"}})["notUpdated"]["nonexistent"]["type"] == "notFound"
    both = world.call("Mailbox/set", update={folder: {"name": "Never"}}, destroy=[folder])
    assert both["notUpdated"][folder]["type"] == "willDestroy" and both["destroyed"] == [folder]


def test_mailbox_destroy(world):
    parent = world.folder("Parent")
    child = world.folder("Child", parent)
    email = world.draft(parent)
    for more in [{}, {"onDestroyRemoveEmails": True}]:
        assert world.call("Mailbox/set", destroy=[parent], **more)["notDestroyed"][parent]["type"] == "mailboxHasChild"
    assert len(world.call("Mailbox/get", ids=[child])["list"]) == 1 and world.one(email, properties=["id"])
    world.destroy("Mailbox", child)
    assert world.call("Mailbox/set", destroy=[parent])["notDestroyed"][parent]["type"] == "mailboxHasEmail"
    kept = world.draft(parent, mailboxIds={parent: True, world.inbox: True})
    world.destroy("Mailbox", parent, onDestroyRemoveEmails=True)
    assert world.call("Email/get", ids=[email])["notFound"] == [email]
    assert world.one(kept)["mailboxIds"] == {world.inbox: True}
    world.destroy("Email", kept)


# RFC 8621 §3: threads.

def test_mailboxes_come_and_go(demo, world):
    """Made, renamed and removed faster than the server follows: what is gone stays gone, here and there."""
    server = Bed(demo["servers"])
    before = set(world.folders())
    for number in range(60):
        # Of what is taken back some creations are done there, one is on the way and some are not begun.
        made = world.call("Mailbox/set", create={name: {"name": f"Passing {name} {number}", "parentId": None} for name in "abcd"})
        ids = [folder["id"] for folder in made["created"].values()]
        if number % 2:
            world.call("Mailbox/set", update={ids[0]: {"name": f"Passed {number}"}})
        world.destroy("Mailbox", *ids)
    last = world.folder("Last of all")

    def listed():
        rows = server.doveadm("mailbox", "list", "-u", demo["users"][0]["address"]).splitlines()
        return [row for row in rows if row.startswith(("Pass", "Last"))] == ["Last of all"]
    eventually(listed, "only the last mailbox on the server")
    world.destroy("Mailbox", last)
    eventually(lambda: "Last of all" not in server.doveadm("mailbox", "list", "-u", demo["users"][0]["address"]), "nothing of them on the server")
    assert set(world.folders()) == before


def test_threads(world):
    emails = [world.by[name] for name in ["thread1", "thread2", "thread3"]]
    threads = {email["threadId"] for email in world.call("Email/get", ids=emails, properties=["threadId"])["list"]}
    assert len(threads) == 1
    got = world.call("Thread/get", ids=[*threads, "nonexistent"])
    assert got["list"] == [{"id": threads.pop(), "emailIds": emails}] and got["notFound"] == ["nonexistent"]
    alone = world.one(world.by["plain"], properties=["threadId"])["threadId"]
    assert world.call("Thread/get", ids=[alone])["list"][0]["emailIds"] == [world.by["plain"]]
    before = world.state("Thread")
    email = world.draft(world.inbox)
    made = world.call("Thread/changes", sinceState=before)["created"]
    thread = world.one(email, properties=["threadId"])["threadId"]
    assert thread in made
    middle = world.state("Thread")
    world.destroy("Email", email)
    assert thread in world.call("Thread/changes", sinceState=middle)["destroyed"]


# RFC 8621 §4: emails.

def test_email_metadata(world):
    email = world.one(world.by["both"])
    assert email["mailboxIds"] == {world.inbox: True, world.a: True}
    assert email["receivedAt"] == ago(days=5) and email["size"] > 0 and email["hasAttachment"] is False
    assert world.one(world.by["tagged"])["keywords"] == {"$seen": True, "$forwarded": True, "custom_label": True}
    assert world.one(world.by["report"])["hasAttachment"] is True
    assert "9am" in world.one(world.by["plain"])["preview"] and "<" not in world.one(world.by["digest"])["preview"]
    got = world.call("Email/get", ids=[world.by["plain"], "nonexistent"], properties=["subject"])
    assert got["notFound"] == ["nonexistent"] and set(got["list"][0]) == {"id", "subject"}


def test_email_headers(world):
    def header(name, *wanted):
        found = world.one(world.by[name], properties=list(wanted))
        return [found[one] for one in wanted] if len(wanted) > 1 else found[wanted[0]]
    assert header("plain", "from") == [{"name": "Alice Sender", "email": "alice@example.com"}]
    assert header("report", "cc") == [{"name": None, "email": "charlie@example.net"}] and header("plain", "cc") is None
    assert header("empty", "subject") in ("", None)
    assert header("plain", "sentAt").startswith(ago(days=10)[:10])
    assert header("thread3", "messageId", "inReplyTo", "references") == [["alpha3@test"], ["alpha2@test"], ["alpha1@test", "alpha2@test"]]
    assert header("plain", "header:Subject", "header:subject:asText", "header:SUBJECT:asText:all") == [
        " Meeting tomorrow morning", "Meeting tomorrow morning", ["Meeting tomorrow morning"]]
    assert header("plain", "header:From:asAddresses")[0]["email"] == "alice@example.com"
    assert header("plain", "header:From:asGroupedAddresses")[0]["addresses"][0]["email"] == "alice@example.com"
    assert header("thread1", "header:Message-ID:asMessageIds") == ["alpha1@test"]
    assert header("plain", "header:Date:asDate").startswith(ago(days=10)[:10])
    assert header("list", "header:List-Unsubscribe:asURLs") == ["https://example.com/unsub"]
    assert header("list", "header:X-Custom-Header:asText") == "custom-value-12345"
    assert header("list", "header:X-None:all", "header:X-None") == [[], None]
    assert header("korean", "subject") == "겔니다학공" and header("korean", "from")[0]["name"]
    assert header("bcc", "bcc") == [{"name": None, "email": "secret@example.com"}]
    for wrong in ["header:Subject:asAddresses", "header:From:asText", "header:Date:asURLs", "header:", "header:X:asNothing", "header:X:all:asText"]:
        assert world.refusal("Email/get", ids=[], properties=[wrong]) == "invalidArguments"


def test_email_bodies(world):
    report = world.one(world.by["report"], properties=["bodyStructure", "attachments", "textBody", "htmlBody"],
                       bodyProperties=["partId", "blobId", "type", "name", "disposition", "size", "subParts"])
    structure = report["bodyStructure"]
    assert structure["type"] == "multipart/mixed" and structure["partId"] is None and structure["blobId"] is None
    assert [part["type"] for part in structure["subParts"]] == ["text/html", "application/pdf"]
    pdf = report["attachments"][0]
    assert (pdf["name"], pdf["disposition"], pdf["size"]) == ("report.pdf", "attachment", 17)
    assert world.download(pdf["blobId"]).content == b"%PDF-1.4\n1 0 obj\n"
    assert report["textBody"] == report["htmlBody"] != []
    digest = world.one(world.by["digest"], properties=["textBody", "htmlBody", "bodyValues"], bodyProperties=["partId", "type"], fetchAllBodyValues=True)
    assert [part["type"] for part in digest["textBody"] + digest["htmlBody"]] == ["text/plain", "text/html"]
    assert len(digest["bodyValues"]) == 2
    only = world.one(world.by["digest"], properties=["bodyValues"], fetchHTMLBodyValues=True)["bodyValues"]
    assert ["Weekly Digest" in value["value"] for value in only.values()] == [True]
    assert world.one(world.by["digest"], properties=["bodyValues"])["bodyValues"] == {}
    plain = world.one(world.by["plain"], properties=["bodyValues"], fetchTextBodyValues=True)["bodyValues"]
    value = next(iter(plain.values()))
    assert "conference room" in value["value"] and not value["isTruncated"] and not value["isEncodingProblem"]
    for most in [99, 100, 101]:
        cut = next(iter(world.one(world.by["large"], properties=["bodyValues"], fetchTextBodyValues=True, maxBodyValueBytes=most)["bodyValues"].values()))
        assert cut["isTruncated"] and most - 2 < len(cut["value"].encode()) <= most and "�" not in cut["value"]
    picture = world.one(world.by["picture"], properties=["bodyStructure"], bodyProperties=["type", "cid"])["bodyStructure"]
    assert [part.get("cid") for part in picture["subParts"]] == [None, "image001@test"]
    korean = next(iter(world.one(world.by["korean"], properties=["bodyValues"], fetchTextBodyValues=True)["bodyValues"].values()))
    assert korean["value"].strip() == "테스트 이메일입니다" and not korean["isEncodingProblem"]
    broken = next(iter(world.one(world.by["broken"], properties=["bodyValues"], fetchTextBodyValues=True)["bodyValues"].values()))
    assert broken["isEncodingProblem"]


def test_email_changes(world):
    before = world.state("Email")
    world.call("Email/set", update={world.by["plain"]: {"keywords/$flagged": True}})
    assert world.by["plain"] in world.call("Email/changes", sinceState=before)["updated"]
    world.call("Email/set", update={world.by["plain"]: {"keywords/$flagged": None}})
    email = world.draft(world.inbox)
    middle = world.state("Email")
    assert email in world.call("Email/changes", sinceState=before)["created"]
    world.destroy("Email", email)
    assert email in world.call("Email/changes", sinceState=middle)["destroyed"]
    gone = world.call("Email/changes", sinceState=before)
    assert email not in gone["created"] + gone["updated"]
    # In pieces it comes to the same.
    state, seen = before, set()
    while True:
        piece = world.call("Email/changes", sinceState=state, maxChanges=1)
        assert len(piece["created"] + piece["updated"] + piece["destroyed"]) <= 1
        seen.update(piece["created"] + piece["updated"])
        state = piece["newState"]
        if not piece["hasMoreChanges"]:
            break
    assert world.by["plain"] in seen and state == gone["newState"]


@pytest.mark.parametrize("condition, inside, outside", [
    (lambda w: {"inMailbox": w.inbox}, ["plain", "both"], ["old", "child"]),
    (lambda w: {"inMailbox": w.child}, ["child"], ["plain"]),
    (lambda w: {"inMailboxOtherThan": [w.inbox]}, ["old", "both"], ["plain"]),
    (lambda w: {"before": ago(days=5)}, ["old", "plain"], ["tagged", "both"]),
    (lambda w: {"after": ago(days=5)}, ["tagged", "both"], ["old"]),
    (lambda w: {"after": ago(days=8), "before": ago(days=2)}, ["thread1", "digest"], ["old", "tagged"]),
    (lambda w: {"minSize": 10000}, ["large"], ["plain"]),
    (lambda w: {"maxSize": 1000}, ["plain"], ["large"]),
    (lambda w: {"hasKeyword": "$flagged"}, ["report", "sort2"], ["plain"]),
    (lambda w: {"hasKeyword": "CUSTOM_label"}, ["tagged"], ["plain"]),
    (lambda w: {"notKeyword": "$seen"}, ["thread2", "sort3"], ["plain"]),
    (lambda w: {"someInThreadHaveKeyword": "$answered"}, ["thread1", "thread2", "thread3"], ["plain"]),
    (lambda w: {"noneInThreadHaveKeyword": "$answered"}, ["plain"], ["thread1", "thread2", "thread3"]),
    (lambda w: {"allInThreadHaveKeyword": "$seen"}, ["plain"], ["thread1", "thread2"]),
    (lambda w: {"hasAttachment": True}, ["report"], ["plain", "tagged"]),
    (lambda w: {"hasAttachment": False}, ["plain"], ["report"]),
    (lambda w: {"text": "Project Alpha"}, ["thread1", "thread2", "thread3"], ["plain"]),
    (lambda w: {"text": "xylophone"}, ["thread3"], ["thread2"]),
    (lambda w: {"text": '"conference room"'}, ["plain"], ["thread2"]),
    (lambda w: {"text": "charlie@example.net"}, ["report"], ["plain"]),
    (lambda w: {"from": "alice@example.com"}, ["plain", "thread2"], ["thread1"]),
    (lambda w: {"from": "Alice Sender"}, ["plain"], ["report"]),
    (lambda w: {"to": "alice@example.com"}, ["thread1"], ["plain"]),
    (lambda w: {"cc": "charlie@example.net"}, ["report"], ["plain"]),
    (lambda w: {"bcc": "secret@example.com"}, ["bcc"], ["plain"]),
    (lambda w: {"subject": "Financial Report"}, ["report"], ["plain"]),
    (lambda w: {"body": "conference room"}, ["plain"], ["report"]),
    (lambda w: {"header": ["X-Custom-Header"]}, ["list"], ["plain"]),
    (lambda w: {"header": ["x-custom-header", "VALUE-123"]}, ["list"], ["plain"]),
    (lambda w: {"header": ["X-Custom-Header", "other"]}, [], ["list", "plain"]),
    (lambda w: {"header": ["Subject", "meeting"]}, ["plain"], ["report"]),
    (lambda w: {"header": ["References"]}, ["thread2", "thread3"], ["thread1"]),
    (lambda w: {"header": ["Cc"]}, ["report"], ["plain"]),
    (lambda w: {"header": ["From", "xample.co"]}, ["plain"], ["report"]),
    (lambda w: {"operator": "OR", "conditions": [{"header": ["X-Custom-Header"]}, {"inMailbox": w.child}]}, ["list", "child"], ["plain"]),
    (lambda w: {"operator": "NOT", "conditions": [{"header": ["X-Custom-Header"]}]}, ["plain"], ["list"]),
    (lambda w: {"operator": "AND", "conditions": [{"hasKeyword": "$seen"}, {"inMailbox": w.inbox}]}, ["plain"], ["thread2", "old"]),
    (lambda w: {"operator": "OR", "conditions": [{"hasKeyword": "$flagged"}, {"hasKeyword": "$answered"}]}, ["report", "thread3"], ["plain"]),
    (lambda w: {"operator": "NOT", "conditions": [{"hasKeyword": "$seen"}, {"inMailbox": w.b}]}, ["thread2"], ["plain", "sort3"]),
    (lambda w: {"operator": "OR", "conditions": [{"operator": "AND", "conditions": [{"inMailbox": w.inbox}, {"hasKeyword": "$seen"}]},
                                                 {"hasKeyword": "$flagged"}]}, ["plain", "report", "sort2"], ["thread2"]),
    (lambda w: {}, ["plain", "old", "child"], []),
    (lambda w: None, ["plain", "old", "child"], []),
])
def test_email_filters(world, condition, inside, outside):
    found = set(world.names(world.find(filter=condition(world))))
    assert set(inside) <= found and not set(outside) & found


def test_email_sorts(world):
    def order(**comparator):
        return world.names(world.find(filter={"inMailbox": world.b}, sort=[comparator]))
    assert order(property="receivedAt", isAscending=False) == ["sort3", "sort2", "sort1", "large"]
    assert order(property="receivedAt") == ["large", "sort1", "sort2", "sort3"]
    assert order(property="size")[:3] == ["sort3", "sort1", "sort2"]
    assert order(property="from") == ["sort2", "large", "sort3", "sort1"]
    assert order(property="subject") == ["sort1", "sort2", "large", "sort3"]
    assert order(property="sentAt") == ["sort1", "large", "sort2", "sort3"]
    assert order(property="hasKeyword", keyword="$flagged", isAscending=False)[0] == "sort2"
    assert order(property="someInThreadHaveKeyword", keyword="$flagged", isAscending=False)[0] == "sort2"
    assert order(property="allInThreadHaveKeyword", keyword="$flagged", isAscending=True)[-1] == "sort2"
    to = world.call("Email/get", ids=world.find(sort=[{"property": "to"}], limit=10), properties=["to"])["list"]
    shown = [(email["to"][0]["name"] or email["to"][0]["email"]).lower() for email in to]
    assert shown == sorted(shown)
    assert world.refusal("Email/query", sort=[{"property": "hasKeyword"}]) == "invalidArguments"
    two = world.find(sort=[{"property": "receivedAt", "isAscending": False}, {"property": "subject"}], limit=10)
    times = [email["receivedAt"] for email in world.call("Email/get", ids=two, properties=["receivedAt"])["list"]]
    assert len(two) == 10 and times == sorted(times, reverse=True)


def test_email_paging(world):
    sort = [{"property": "receivedAt", "isAscending": False}]
    everything = world.call("Email/query", sort=sort, calculateTotal=True)
    ids, total = everything["ids"], everything["total"]
    assert total == len(ids) == len(world.by)
    page = world.call("Email/query", sort=sort, position=2, limit=3)
    assert page["position"] == 2 and page["ids"] == ids[2:5] and "total" not in page
    back = world.call("Email/query", sort=sort, position=-3)
    assert back["ids"] == ids[-3:] and back["position"] == total - 3
    assert world.call("Email/query", sort=sort, position=-1000, limit=1)["position"] == 0
    anchored = world.call("Email/query", sort=sort, anchor=ids[3], anchorOffset=-1, limit=3)
    assert anchored["ids"] == ids[2:5] and anchored["position"] == 2
    # The position is passed over where there is an anchor.
    assert world.call("Email/query", sort=sort, anchor=ids[2], position=9, limit=1)["ids"] == [ids[2]]
    assert world.call("Email/query", sort=sort, anchor=ids[2], anchorOffset=-50, limit=1)["ids"] == [ids[0]]
    assert world.call("Email/query", sort=sort, anchor=ids[2], anchorOffset=2, limit=1)["ids"] == [ids[4]]
    assert world.find(position=99999) == [] and world.find(limit=0) == []
    gone = {"inMailbox": world.b}
    assert world.refusal("Email/query", filter=gone, anchor=world.by["plain"]) == "anchorNotFound"


def test_collapsed_threads(world):
    sort = [{"property": "receivedAt", "isAscending": False}]
    subject = {"subject": "Project Alpha Discussion"}
    assert world.names(world.find(filter=subject, sort=sort)) == ["thread3", "thread2", "thread1"]
    collapsed = world.call("Email/query", filter=subject, sort=sort, collapseThreads=True, calculateTotal=True)
    assert world.names(collapsed["ids"]) == ["thread3"] and collapsed["total"] == 1
    assert world.names(world.find(filter=subject, sort=[{"property": "receivedAt"}], collapseThreads=True)) == ["thread1"]
    whole = world.call("Email/query", collapseThreads=True, calculateTotal=True)
    threads = [email["threadId"] for email in world.call("Email/get", ids=whole["ids"], properties=["threadId"])["list"]]
    assert whole["total"] == len(threads) == len(set(threads))


@pytest.mark.parametrize("collapse", [False, True])
def test_email_query_changes(world, collapse):
    """Applying the changes to the old result gives the new one (RFC 8620 §5.6)."""
    query = {"filter": {"inMailbox": world.inbox}, "sort": [{"property": "receivedAt", "isAscending": False}], "collapseThreads": collapse}
    old = world.call("Email/query", **query)
    none = world.call("Email/queryChanges", **query, sinceQueryState=old["queryState"])
    assert none["removed"] == none["added"] == [] and none["oldQueryState"] == old["queryState"]
    email = world.draft(world.inbox)
    world.call("Email/set", update={world.by["thread3"]: {"mailboxIds": {world.b: True}}, world.by["tagged"]: {"keywords/$flagged": True}})
    told = world.call("Email/queryChanges", **query, sinceQueryState=old["queryState"], calculateTotal=True, upToId=old["ids"][-1])
    new = world.call("Email/query", **query)
    kept = [one for one in old["ids"] if one not in told["removed"]]
    for added in sorted(told["added"], key=lambda one: one["index"]):
        kept.insert(added["index"], added["id"])
    assert kept == new["ids"] and told["total"] == len(new["ids"]) and email in [one["id"] for one in told["added"]]
    assert world.refusal("Email/queryChanges", **query, sinceQueryState=old["queryState"], maxChanges=1) == "tooManyChanges"
    world.call("Email/set", update={world.by["thread3"]: {"mailboxIds": {world.inbox: True}}, world.by["tagged"]: {"keywords/$flagged": None}})
    middle = world.call("Email/query", **query)["queryState"]
    world.destroy("Email", email)
    assert email in world.call("Email/queryChanges", **query, sinceQueryState=middle)["removed"]


def test_email_create(world):
    structure = {"type": "multipart/mixed", "subParts": [
        {"type": "multipart/alternative", "subParts": [{"type": "text/plain", "partId": "t"}, {"type": "text/html", "partId": "h"}]},
        {"type": "application/pdf", "blobId": world.upload(b"%PDF", "application/pdf")["blobId"], "name": "test.pdf", "disposition": "attachment"}]}
    made = world.call("Email/set", create={"e": {
        "mailboxIds": {world.drafts: True}, "keywords": {"$draft": True, "$seen": True}, "subject": "Привет", "from": [{"name": "Тест", "email": "t@example.com"}],
        "bodyStructure": structure, "bodyValues": {"t": {"value": "text"}, "h": {"value": "<p>html</p>"}}, "header:X-Extra:asText": "extra"}})
    new = made["created"]["e"]
    assert {"id", "blobId", "threadId", "size"} <= set(new) and made["oldState"] != made["newState"]
    got = world.one(new["id"], properties=["keywords", "subject", "from", "hasAttachment", "textBody", "htmlBody", "header:X-Extra:asText"])
    assert got["keywords"] == {"$draft": True, "$seen": True} and got["subject"] == "Привет" and got["from"][0]["name"] == "Тест"
    assert got["hasAttachment"] and [part["type"] for part in got["textBody"] + got["htmlBody"]] == ["text/plain", "text/html"]
    assert got["header:X-Extra:asText"] == "extra"
    world.destroy("Email", new["id"])
    body = {"bodyValues": {"1": {"value": "x"}}, "textBody": [{"partId": "1", "type": "text/plain"}]}
    for wrong, named in [({"mailboxIds": {}}, "mailboxIds"), ({"mailboxIds": {"m999999": True}}, "mailboxIds"), ({"keywords": {"$seen": False}}, "keywords"),
                         ({"headers": []}, "headers"), ({"header:From": " x", "from": []}, None), ({"nonsense": 1}, "nonsense"),
                         ({"bodyStructure": {"type": "text/plain", "partId": "1"}}, None), ({"bodyValues": {"1": {"value": "x", "isTruncated": True}}}, None),
                         ({"receivedAt": "yesterday"}, "receivedAt"), ({"textBody": [{"partId": "2", "type": "text/plain"}]}, None),
                         ({"id": "e5"}, "id"), ({"header:Content-Type": " x"}, None), ({"to": "x"}, "to")]:
        refused = world.call("Email/set", create={"e": {"mailboxIds": {world.drafts: True}, **body, **wrong}})["notCreated"]
        assert refused["e"]["type"] == "invalidProperties", wrong
        assert named is None or named in refused["e"]["properties"], (wrong, refused)
    missing = world.call("Email/set", create={"e": {"mailboxIds": {world.drafts: True}, **body, "attachments": [{"blobId": "Gnone", "type": "x/y"}]}})
    assert missing["notCreated"]["e"]["type"] == "blobNotFound" and missing["notCreated"]["e"]["notFound"] == ["Gnone"]


def test_email_update(world):
    email = world.draft(world.inbox)
    patches = [({"keywords/$flagged": True}, {"$flagged"}), ({"keywords": {"$seen": True, "a": True}}, {"$seen", "a"}),
               ({"keywords/a": None, "keywords/nothing": None}, {"$seen"}), ({"keywords": {}}, set())]
    for patch, expected in patches:
        told = world.call("Email/set", update={email: patch})
        assert email in told["updated"], told
        assert set(world.one(email)["keywords"]) == expected
    for patch, expected in [({f"mailboxIds/{world.b}": True}, {world.inbox, world.b}), ({f"mailboxIds/{world.b}": None}, {world.inbox}),
                            ({"mailboxIds": {world.a: True}}, {world.a})]:
        world.call("Email/set", update={email: patch})
        assert set(world.one(email)["mailboxIds"]) == expected
    for patch, kind in [({"subject": "Other"}, "invalidProperties"), ({f"mailboxIds/{world.a}": None}, "invalidProperties"),
                        ({"keywords": {}, "keywords/x": True}, "invalidPatch"), ({"keywords/x": False}, "invalidProperties"),
                        ({"mailboxIds/m999999": True}, "invalidProperties"), ({"nonsense/x": 1}, "invalidProperties")]:
        assert world.call("Email/set", update={email: patch})["notUpdated"][email]["type"] == kind, patch
    # A property that can't change may be sent as it is.
    assert email in world.call("Email/set", update={email: {"subject": "A draft", "id": email}})["updated"]
    state = world.state("Email")
    assert world.call("Email/set", ifInState=state, update={email: {"keywords/$flagged": True}})["newState"] != state
    assert world.refusal("Email/set", ifInState=state, destroy=[email]) == "stateMismatch"
    assert world.call("Email/set", update={"nonexistent": {"keywords/$seen": True}})["notUpdated"]["nonexistent"]["type"] == "notFound"
    assert world.call("Email/set", destroy=["nonexistent"])["notDestroyed"]["nonexistent"]["type"] == "notFound"
    other = world.draft(world.inbox, mailboxIds={world.inbox: True, world.a: True})
    world.destroy("Email", email, other)
    assert world.call("Email/get", ids=[other, email])["notFound"] == [other, email]
    assert other not in world.find(filter={"inMailbox": world.inbox}) + world.find(filter={"inMailbox": world.a})


def test_one_call_is_one_change(world):
    """RFC 8620 §5.3: what a /set does lies between its old and its new state, with nothing of others; a refused create does not stop the rest."""
    kept, gone = world.draft(world.inbox), world.draft(world.inbox)
    new = {"mailboxIds": {world.drafts: True}, "subject": "New", "bodyValues": {"1": {"value": "x"}}, "textBody": [{"partId": "1", "type": "text/plain"}]}
    told = world.call("Email/set", create={"n": new, "bad": {**new, "nonsense": 1}}, update={kept: {"keywords/$flagged": True}, gone: {"keywords/a": True}},
                      destroy=[gone, "e99999999"])
    assert set(told["created"]) == {"n"} and told["notCreated"]["bad"]["type"] == "invalidProperties"
    assert told["updated"] == {kept: None} and told["notUpdated"][gone]["type"] == "willDestroy"
    assert told["destroyed"] == [gone] and told["notDestroyed"]["e99999999"]["type"] == "notFound"
    changes = world.call("Email/changes", sinceState=told["oldState"])
    fresh = told["created"]["n"]["id"]
    assert fresh in changes["created"] and kept in changes["updated"] and gone in changes["destroyed"]
    # What the call itself makes can be changed and destroyed by it.
    both = world.call("Email/set", create={"n": new, "m": new}, update={"#n": {"keywords/$seen": True}}, destroy=["#m"])
    made = both["created"]["n"]["id"]
    assert world.one(made)["keywords"] == {"$seen": True} and both["destroyed"] == [both["created"]["m"]["id"]]
    world.destroy("Email", kept, fresh, made)


def test_email_import(world):
    source = message("import@example.com", "Import", "Imported.", message_id="import-1")
    made = world.bring(source, world.b, ["$seen", "$flagged"], "2025-06-15T10:30:00Z")
    new = made["created"]["i"]
    assert {"id", "blobId", "threadId", "size"} <= set(new) and made["oldState"] != made["newState"]
    got = world.one(new["id"])
    assert got["receivedAt"] == "2025-06-15T10:30:00Z" and got["keywords"] == {"$seen": True, "$flagged": True}
    assert got["mailboxIds"] == {world.b: True} and got["subject"] == "Import"
    assert world.download(got["blobId"]).content == source.encode()
    world.destroy("Email", new["id"])
    assert world.bring("this is not an email", world.inbox)["notCreated"]["i"]["type"] == "invalidEmail"
    missing = world.call("Email/import", emails={"i": {"blobId": "nonexistent-blob-xyz", "mailboxIds": {world.inbox: True}}})["notCreated"]["i"]
    assert missing["type"] == "invalidProperties" and missing["properties"] == ["blobId"]
    assert world.bring(source, [])["notCreated"]["i"]["properties"] == ["mailboxIds"]
    assert world.refusal("Email/import", emails={}, ifInState="x") == "stateMismatch"


def test_email_parse(world):
    blob = world.upload(message("Parser <parse@example.com>", "Parse test", "To be parsed.").encode(), "message/rfc822")["blobId"]
    nothing = world.upload(b"this is not an email at all, just random text")["blobId"]
    told = world.call("Email/parse", blobIds=[blob, nothing, "nonexistent"], fetchTextBodyValues=True, properties=[
        "id", "blobId", "threadId", "mailboxIds", "keywords", "receivedAt", "subject", "from", "textBody", "bodyValues"])
    email = told["parsed"][blob]
    assert all(email[name] is None for name in ["id", "threadId", "mailboxIds", "keywords", "receivedAt"])
    assert email["subject"] == "Parse test" and email["from"][0]["email"] == "parse@example.com" and email["blobId"] == blob
    assert "To be parsed." in next(iter(email["bodyValues"].values()))["value"]
    assert told["notParsable"] == [nothing] and told["notFound"] == ["nonexistent"]
    fine = world.call("Email/parse", blobIds=[blob])
    assert fine["notParsable"] is None and fine["notFound"] is None


def test_email_copy(world):
    arguments = {"fromAccountId": world.account, "accountId": world.account, "create": {"x": {"id": "e1", "mailboxIds": {world.inbox: True}}}}
    assert world.error("Email/copy", arguments) == "invalidArguments"
    assert world.error("Email/copy", {**arguments, "fromAccountId": "a99999"}) == "fromAccountNotFound"
    assert world.error("Email/copy", {**arguments, "accountId": "a99999"}) == "accountNotFound"


# RFC 8621 §5: snippets.

def test_snippets(world):
    told = world.call("SearchSnippet/get", filter={"text": "xylophone"}, emailIds=[world.by["thread3"], world.by["plain"], "nonexistent"])
    hit, miss = told["list"]
    assert "<mark>xylophone</mark>" in hit["preview"] and hit["subject"] is None
    assert miss == {"emailId": world.by["plain"], "subject": None, "preview": None} and told["notFound"] == ["nonexistent"]
    subject = world.call("SearchSnippet/get", filter={"subject": "financial"}, emailIds=[world.by["report"]])
    assert subject["list"][0]["subject"] == "Q3 <mark>Financial</mark> Report" and subject["list"][0]["preview"] is None
    assert subject["notFound"] is None or subject["notFound"] == []


# RFC 8621 §6, §7: identities and submissions.

def test_identities(world):
    identity = world.call("Identity/get", ids=None)["list"][0]
    assert set(identity) == {"id", "name", "email", "replyTo", "bcc", "textSignature", "htmlSignature", "mayDelete"} and "@" in identity["email"]
    before, number = world.state("Identity"), identity["id"]
    for patch in [{"name": "Updated"}, {"textSignature": "-- \nSignature"}, {"htmlSignature": "<p>S</p>"}, {"replyTo": [{"name": "R", "email": "r@example.com"}]}]:
        assert number in world.call("Identity/set", update={number: patch})["updated"]
        now = world.call("Identity/get", ids=[number])["list"][0]
        assert all(now[name] == value for name, value in patch.items())
    assert number in world.call("Identity/changes", sinceState=before)["updated"]
    world.call("Identity/set", update={number: {name: identity[name] for name in ["name", "textSignature", "htmlSignature", "replyTo"]}})
    assert world.call("Identity/get", ids=["nonexistent"])["notFound"] == ["nonexistent"]
    assert world.call("Identity/set", update={"nonexistent": {"name": "x"}})["notUpdated"]["nonexistent"]["type"] == "notFound"
    assert world.call("Identity/set", update={number: {"email": "other@example.com"}})["notUpdated"][number]["properties"] == ["email"]
    assert world.call("Identity/set", create={"x": {"name": "no address"}})["notCreated"]["x"]["properties"] == ["email"]


def test_submissions(world, second):
    me, them = (wire.call("Identity/get", ids=None)["list"][0] for wire in (world, second))
    sent, before = world.roles["sent"], world.state("EmailSubmission")

    def write(folder=None, **more):
        return world.draft(folder or world.drafts, keywords={"$seen": True, "$draft": True}, **{
            "from": [{"name": "Test", "email": me["email"]}], "to": [{"name": "Second", "email": them["email"]}], "subject": "Submitted", **more})

    def submit(email, **more):
        return world.call("EmailSubmission/set", create={"s": {"identityId": me["id"], "emailId": email, **more}})
    email = write()
    made = submit(email)["created"]["s"]
    assert made["id"] and made["sendAt"] and made["undoStatus"] in ("pending", "final") and made["threadId"]
    got = world.call("EmailSubmission/get", ids=[made["id"]])["list"][0]
    assert set(got) == {"id", "identityId", "emailId", "threadId", "envelope", "sendAt", "undoStatus", "deliveryStatus", "dsnBlobIds", "mdnBlobIds"}
    assert got["envelope"]["rcptTo"][0]["email"] == them["email"]
    enveloped = submit(email, envelope={"mailFrom": {"email": me["email"], "parameters": None}, "rcptTo": [{"email": them["email"], "parameters": None}]})
    assert enveloped["created"]["s"]["id"]
    world.destroy("Email", email)
    # onSuccessUpdateEmail, with the response to it.
    email = write(subject="onSuccess")
    answer = world.responses(["EmailSubmission/set", {"accountId": world.account, "create": {"s": {"identityId": me["id"], "emailId": email}}, "onSuccessUpdateEmail": {
        "#s": {f"mailboxIds/{sent}": True, f"mailboxIds/{world.drafts}": None, "keywords/$draft": None}}}, "c"])["methodResponses"]
    assert [(name, call) for name, _, call in answer] == [("EmailSubmission/set", "c"), ("Email/set", "c")]
    now = world.one(email)
    assert now["mailboxIds"] == {sent: True} and "$draft" not in now["keywords"]
    # What may not be sent.
    for more, kind in [({"to": []}, "noRecipients"), ({"from": [{"email": "stranger@example.com"}]}, "forbiddenFrom"), ({"from": []}, "invalidEmail")]:
        refused = write(**more)
        assert submit(refused)["notCreated"]["s"]["type"] == kind
        world.destroy("Email", refused)
    other = {"mailFrom": {"email": "stranger@example.com"}, "rcptTo": [{"email": them["email"]}]}
    assert submit(email, envelope=other)["notCreated"]["s"]["type"] == "forbiddenMailFrom"
    assert submit(email, envelope={"mailFrom": {"email": me["email"]}, "rcptTo": [{"email": "not an address"}]})["notCreated"]["s"]["type"] == "invalidRecipients"
    assert submit("e999999")["notCreated"]["s"]["properties"] == ["emailId"]
    assert submit(email, identityId="i999999")["notCreated"]["s"]["properties"] == ["identityId"]
    assert submit(email, nonsense=1)["notCreated"]["s"]["properties"] == ["nonsense"]
    # Held back, and taken back.
    held = submit(email, envelope={"mailFrom": {"email": me["email"], "parameters": {"HOLDFOR": "3600"}}, "rcptTo": [{"email": them["email"]}]})["created"]["s"]
    assert held["undoStatus"] == "pending" and held["sendAt"] > ago(minutes=-50)
    assert held["id"] in world.call("EmailSubmission/query", filter={"undoStatus": "pending"})["ids"]
    assert held["id"] in world.call("EmailSubmission/set", update={held["id"]: {"undoStatus": "canceled"}})["updated"]
    assert world.call("EmailSubmission/get", ids=[held["id"], "nonexistent"])["list"][0]["undoStatus"] == "canceled"
    found = world.call("EmailSubmission/query", filter=None, sort=[{"property": "sentAt"}], calculateTotal=True)
    assert found["total"] == len(found["ids"]) >= 4 and found["canCalculateChanges"] in (True, False)
    assert made["id"] in world.call("EmailSubmission/changes", sinceState=before)["created"]
    final = eventually(lambda: [one for one in world.call("EmailSubmission/get", ids=[made["id"]])["list"] if one["undoStatus"] == "final"], "the sending")[0]
    assert eventually(lambda: world.call("EmailSubmission/get", ids=[made["id"]])["list"][0]["deliveryStatus"][them["email"]]["smtpReply"], "the reply").startswith("250")
    assert world.call("EmailSubmission/set", update={final["id"]: {"undoStatus": "canceled"}})["notUpdated"][final["id"]]["type"] == "cannotUnsend"
    arrived = eventually(lambda: second.call("Email/query", filter={"subject": "onSuccess"})["ids"], "the message at the second user")
    assert second.one(arrived[0])["from"][0]["email"] == me["email"]


# RFC 8620 §7: push.

def test_push_subscriptions(world):
    def subscribe(**more):
        return world.responses(["PushSubscription/set", {"create": {"p": {"deviceClientId": "test", **more}}}])["methodResponses"][0][1]
    assert subscribe(url="http://example.com/push")["notCreated"]["p"]["properties"] == ["url"]
    made = subscribe(url="https://push.example.test/x", types=["Email", "Mailbox"])["created"]["p"]
    got = world.responses(["PushSubscription/get", {"ids": [made["id"], "nonexistent"]}])["methodResponses"][0][1]
    assert got["list"][0]["deviceClientId"] == "test" and got["list"][0]["types"] == ["Email", "Mailbox"] and got["notFound"] == ["nonexistent"]
    assert "url" not in got["list"][0] and "keys" not in got["list"][0]
    wrong = world.responses(["PushSubscription/set", {"update": {made["id"]: {"verificationCode": "wrong"}}}])["methodResponses"][0][1]
    assert wrong["notUpdated"][made["id"]]["type"] == "invalidProperties"
    gone = world.responses(["PushSubscription/set", {"destroy": [made["id"]]}])["methodResponses"][0][1]
    assert gone["destroyed"] == [made["id"]]


def test_event_source(world):
    with world.events() as stream, world.events(types="Mailbox", closeafter="state") as one, world.events(ping=5) as pings:
        assert stream.status_code == 200 and stream.headers["Content-Type"].startswith("text/event-stream")
        heard = []

        def listen():
            try:
                for line in stream.iter_lines():
                    if line.startswith(b"data:"):
                        heard.append(json.loads(line[5:]))
            except (requests.RequestException, AttributeError):
                pass  # The test is over.
        threading.Thread(target=listen, daemon=True).start()
        time.sleep(0.5)
        email = world.draft(world.inbox)
        # What the test before left to the mail server may be told first.
        eventually(lambda: any("Email" in event["changed"].get(world.account, {}) for event in heard if event.get("@type") == "StateChange"),
                   "a change of emails")
        lines = [line for line in one.iter_lines() if line.startswith(b"data:")]  # Ends: the server closes it.
        assert len(lines) == 1 and set(json.loads(lines[0][5:])["changed"][world.account]) == {"Mailbox"}
        assert any(line == b"event: ping" for line in pings.iter_lines())
    world.destroy("Email", email)


def test_strangers(world, second):
    """Nothing reaches another user's account."""
    for name, more in [("Mailbox/get", {}), ("Email/query", {}), ("Email/get", {"ids": [world.by["plain"]]}), ("Email/set", {"destroy": [world.by["plain"]]}),
                       ("Thread/get", {"ids": []}), ("Identity/get", {}), ("EmailSubmission/get", {}), ("Email/import", {"emails": {}})]:
        assert second.error(name, {"accountId": world.account, **more}) == "accountNotFound"
    assert world.account not in second.session["accounts"]
    blob = world.one(world.by["plain"])["blobId"]
    elsewhere = second.session["downloadUrl"].replace("{accountId}", world.account).replace("{blobId}", blob)
    assert requests.get(elsewhere.replace("{name}", "x").replace("{type}", "a%2Fb"), auth=second.auth, timeout=30).status_code == 404
    # The id of a blob is no key either: in the second user's own account it names nothing of the first's.
    upload = world.upload(b"a secret of the first user")["blobId"]
    assert second.download(upload).status_code == 404
