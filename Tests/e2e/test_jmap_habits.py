"""What clients written for Fastmail, Stalwart or Cyrus do beyond the letter of RFC 8620 and RFC 8621: addresses, sign-in, pages of other origins,
caches, parts of downloads, compression, templates.
"""
import gzip
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
import requests

from support.bed import eventually
from support.wire import CORE, MAIL, SUBMISSION, Wire

ORIGIN = {"Origin": "https://webmail.example.org"}


@pytest.fixture(scope="module")
def anna(demo):
    return Wire(demo["url"], demo["users"][0]["name"], demo["users"][0]["password"])


def test_addresses(demo, anna):
    """The session is at /.well-known/jmap, at Fastmail's /jmap/session and at Cyrus' /jmap/; calls go to /jmap/api and to /jmap/, with a slash or not."""
    for path in ["/.well-known/jmap", "/jmap/session", "/jmap/", "/jmap", "/jmap/session/"]:
        answer = requests.get(demo["url"] + path, auth=anna.auth, timeout=30)
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json", path
        assert answer.json() == anna.session and "no-store" in answer.headers["Cache-Control"], path
    call = json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {"x": 1}, "c"]]})
    for path in ["/jmap/api", "/jmap/api/", "/jmap/", "/jmap"]:
        answer = requests.post(demo["url"] + path, data=call, auth=anna.auth, timeout=30, headers={"Content-Type": "application/json; charset=utf-8"})
        assert answer.json()["methodResponses"] == [["Core/echo", {"x": 1}, "c"]], path
        assert answer.json()["sessionState"] == anna.session["state"], path
    # Behind a proxy every address is the one that the client sees.
    told = requests.get(demo["url"] + "/.well-known/jmap", auth=anna.auth, timeout=30,
                        headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mail.example.org"}).json()
    for name in ["apiUrl", "downloadUrl", "uploadUrl", "eventSourceUrl"]:
        assert told[name].startswith("https://mail.example.org/jmap/"), told[name]


def test_capabilities(anna):
    told, account = anna.session["capabilities"], anna.session["accounts"][anna.account]["accountCapabilities"]
    assert told[MAIL] == {} and told[SUBMISSION] == {}
    assert set(told) - {CORE} == set(account), "what the server has, the account has"
    assert set(anna.session["primaryAccounts"]) == set(account)
    mail = account[MAIL]
    assert mail["maxMailboxesPerEmail"] is None or mail["maxMailboxesPerEmail"] >= 1
    assert mail["maxMailboxDepth"] is None or mail["maxMailboxDepth"] >= 1
    assert mail["maxSizeMailboxName"] >= 100 and mail["maxSizeAttachmentsPerEmail"] > 0 and mail["mayCreateTopLevelMailbox"] is True
    assert {"receivedAt", "from", "to", "subject", "size", "sentAt", "hasKeyword"} <= set(mail["emailQuerySortOptions"])
    sending = account[SUBMISSION]
    assert sending["maxDelayedSend"] > 0
    assert all(name.isupper() and all(isinstance(word, str) for word in words) for name, words in sending["submissionExtensions"].items())
    assert "FUTURERELEASE" in sending["submissionExtensions"]


def test_pages_of_other_origins(demo, anna):
    """A webmail client that is served from elsewhere: the preflight, every answer and every error may be read; never with our cookie."""
    places = [("/.well-known/jmap", "GET"), ("/jmap/session", "GET"), ("/jmap/api", "POST"), ("/jmap/", "POST"), (f"/jmap/upload/{anna.account}/", "POST"),
              (f"/jmap/download/{anna.account}/x/y?accept=a/b", "GET"), ("/jmap/eventsource?types=*&closeafter=state&ping=0", "GET")]
    for path, method in places:
        asked = requests.options(demo["url"] + path, timeout=30, headers={
            **ORIGIN, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization, content-type"})
        assert asked.status_code == 204, path
        assert asked.headers["Access-Control-Allow-Origin"] == "*" and method in asked.headers["Access-Control-Allow-Methods"]
        allowed = {name.strip().lower() for name in asked.headers["Access-Control-Allow-Headers"].split(",")}
        assert {"authorization", "content-type", "last-event-id", "range"} <= allowed and "x-postroom" not in allowed
        assert int(asked.headers["Access-Control-Max-Age"]) > 0 and "Access-Control-Allow-Credentials" not in asked.headers
        refused = requests.request(method, demo["url"] + path, headers=ORIGIN, timeout=30)
        assert refused.status_code == 401 and refused.headers["Access-Control-Allow-Origin"] == "*", path
    answer = requests.get(demo["url"] + "/.well-known/jmap", headers=ORIGIN, auth=anna.auth, timeout=30)
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and "ETag" in answer.headers["Access-Control-Expose-Headers"]
    wrong = requests.post(anna.session["apiUrl"], data="no json", headers={**ORIGIN, "Content-Type": "application/json"}, auth=anna.auth, timeout=30)
    assert wrong.status_code == 400 and wrong.headers["Access-Control-Allow-Origin"] == "*"
    # Nothing else is anybody's business: neither REST nor the page.
    for path in ["/api/v1/profile", "/"]:
        assert "Access-Control-Allow-Origin" not in requests.get(demo["url"] + path, headers=ORIGIN, auth=anna.auth, timeout=30).headers
    # The cookie of the page signs nobody in who changes something from elsewhere.
    page = requests.Session()
    assert page.post(demo["url"] + "/api/v1/session", json=dict(zip(["name", "password"], anna.auth)), timeout=30).status_code == 200
    call = {"using": [CORE], "methodCalls": [["Core/echo", {}, "c"]]}
    assert page.post(anna.session["apiUrl"], json=call, headers=ORIGIN, timeout=30).status_code == 403


def test_downloads_in_caches_and_parts(anna):
    data = bytes(range(256)) * 40
    blob = anna.upload(data)["blobId"]

    def get(**headers):
        url = anna.session["downloadUrl"]
        for key, value in {"accountId": anna.account, "blobId": blob, "name": "отчёт 1.bin", "type": "application/octet-stream"}.items():
            url = url.replace("{" + key + "}", quote(value, safe=""))
        return requests.get(url, auth=anna.auth, timeout=30, headers={name.replace("_", "-"): value for name, value in headers.items()})
    whole = get()
    assert whole.content == data and whole.headers["Accept-Ranges"] == "bytes"
    assert quote("отчёт 1.bin") in whole.headers["Content-Disposition"]
    assert {"private", "immutable"} <= {word.strip() for word in whole.headers["Cache-Control"].split(",")}
    # Whatever a stranger sent must not run as a page of ours (RFC 8621 §9.1).
    assert "sandbox" in whole.headers["Content-Security-Policy"] and whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Disposition"].startswith("attachment")
    tag = whole.headers["ETag"]
    for known in [tag, "W/" + tag, f'"other", {tag}', "*"]:
        unchanged = get(If_None_Match=known)
        assert unchanged.status_code == 304 and unchanged.content == b"" and unchanged.headers["ETag"] == tag, known
    assert get(If_None_Match='"other"').content == data
    for span, first, last in [("bytes=0-99", 0, 99), ("bytes=100-", 100, 10239), ("bytes=-10", 10230, 10239), ("bytes=10000-99999", 10000, 10239)]:
        part = get(Range=span)
        assert part.status_code == 206 and part.content == data[first:last + 1], span
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/10240" and int(part.headers["Content-Length"]) == last - first + 1
    assert get(Range="bytes=0-99", If_Range=tag).status_code == 206
    for span in ["bytes=99-0", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6"]:
        assert get(Range=span).content == data, span
    assert get(Range="bytes=0-99", If_Range='"other"').content == data
    beyond = get(Range="bytes=10240-")
    assert beyond.status_code == 416 and beyond.headers["Content-Range"] == "bytes */10240"


def test_compression(anna):
    """gzip for who takes it: many clients can't do without for a first synchronisation; as it is for who refuses it."""
    call = json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {"text": "many words " * 500}, "c"]]})

    def post(accepted):
        headers = {"Content-Type": "application/json", "Accept-Encoding": accepted}
        return requests.post(anna.session["apiUrl"], data=call, headers=headers, auth=anna.auth, stream=True, timeout=30)
    for accepted in ["gzip", "br;q=1.0, gzip;q=0.8", "gzip, deflate"]:
        packed = post(accepted)
        assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"], accepted
        assert json.loads(gzip.decompress(packed.raw.read(decode_content=False)))["methodResponses"][0][0] == "Core/echo"
    for accepted in ["identity", "gzip;q=0", "br"]:
        plain = post(accepted)
        assert "Content-Encoding" not in plain.headers and plain.json()["methodResponses"][0][0] == "Core/echo", accepted
    # A compressed download is another representation: its tag says so, and still spares a second one.
    text = ("a line of text\n" * 500).encode()
    blob = anna.upload(text, "text/plain")["blobId"]
    url = anna.session["downloadUrl"].replace("{accountId}", anna.account).replace("{blobId}", blob).replace("{name}", "a").replace("{type}", "text%2Fplain")
    packed = requests.get(url, auth=anna.auth, timeout=30)
    assert packed.headers["Content-Encoding"] == "gzip" and packed.content == text and packed.headers["ETag"].startswith("W/")
    assert requests.get(url, auth=anna.auth, timeout=30, headers={"If-None-Match": packed.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("types", ["Email,Mailbox", "Email%2CMailbox", "*", "%2A"])
def test_event_source_template(anna, types):
    """Templates are filled in with and without percent signs (RFC 6570 §3.2.2), and `ping=0` means none."""
    url = anna.session["eventSourceUrl"].replace("{types}", types).replace("{closeafter}", "state").replace("{ping}", "0")
    with requests.get(url, auth=anna.auth, stream=True, timeout=30, headers={"Accept": "text/event-stream"}) as stream:
        assert stream.status_code == 200 and stream.headers["Content-Type"].startswith("text/event-stream")
        assert "no-cache" in stream.headers["Cache-Control"] and "Content-Encoding" not in stream.headers
        email = anna.draft(anna.folders()["drafts"])
        told = [json.loads(line[5:]) for line in stream.iter_lines() if line.startswith(b"data:")]
    assert told[-1]["@type"] == "StateChange" and "Email" in told[-1]["changed"][anna.account]
    anna.destroy("Email", email)


class Receiver(BaseHTTPRequestHandler):
    """A push service of our own, over TLS that the demo's authority vouches for."""

    def do_POST(self):
        self.server.heard.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answers.get(self.path, 201))
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def receiver(demo):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.heard, server.answers = [], {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(demo["servers"] / "ca/server.pem", demo["servers"] / "ca/server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def test_push_messages(anna, receiver):
    """RFC 8620 §7.2 over HTTPS: the code first, then changes of the types asked for, until the subscription or its receiver says that it is over."""
    def call(name, **arguments):
        return anna.responses([f"PushSubscription/{name}", arguments])["methodResponses"][0][1]

    def heard(path, count=1):
        return eventually(lambda: len(found := [one for one in receiver.heard if one[0] == path]) >= count and found, f"{count} messages at {path}")

    def subscribe(path, **more):
        url = f"https://127.0.0.1:{receiver.server_port}{path}"
        made = call("set", create={"p": {"deviceClientId": path, "url": url, **more}})["created"]["p"]
        _, headers, body = heard(path)[0]
        told = json.loads(body)
        assert told["@type"] == "PushVerification" and told["pushSubscriptionId"] == made["id"] and int(headers["TTL"]) > 0
        assert headers["Content-Type"] == "application/json"
        assert call("set", update={made["id"]: {"verificationCode": "wrong"}})["notUpdated"][made["id"]]["type"] == "invalidProperties"
        assert call("set", update={made["id"]: {"verificationCode": told["verificationCode"]}})["updated"] == {made["id"]: None}
        return made["id"]
    drafts = anna.folders()["drafts"]
    emails, mailboxes = subscribe("/emails", types=["Email"]), subscribe("/mailboxes", types=["Mailbox"])
    got = call("get", ids=[emails])["list"][0]
    assert got["types"] == ["Email"] and got["verificationCode"] and "url" not in got and "keys" not in got
    unverified = call("set", create={"p": {"deviceClientId": "u", "url": f"https://127.0.0.1:{receiver.server_port}/unverified"}})["created"]["p"]["id"]
    email = anna.draft(drafts)
    change = json.loads(heard("/emails", 2)[1][2])
    assert change["@type"] == "StateChange" and set(change["changed"][anna.account]) == {"Email"}
    assert set(json.loads(heard("/mailboxes", 2)[1][2])["changed"][anna.account]) == {"Mailbox"}
    # What is destroyed hears no more, nor what refuses for good; and what was never verified only ever heard its code.
    assert call("set", destroy=[emails])["destroyed"] == [emails]
    before = len(heard("/emails", 2))
    receiver.answers["/mailboxes"] = 410
    anna.destroy("Email", email)
    eventually(lambda: mailboxes in call("get", ids=[mailboxes])["notFound"], "the end of a subscription that is gone at its receiver")
    assert len([one for one in receiver.heard if one[0] == "/emails"]) == before
    assert len([one for one in receiver.heard if one[0] == "/unverified"]) == 1
    assert call("set", destroy=[unverified])["destroyed"] == [unverified]


def test_sign_in(demo, anna):
    """Basic with the password, Basic with a token for programs that know nothing else, Bearer; a challenge for everybody else."""
    token = requests.post(demo["url"] + "/api/v1/tokens", json={"name": "client"}, auth=anna.auth, timeout=30).json()["secret"]
    for credentials in [{"auth": anna.auth}, {"auth": (anna.auth[0], token)}, {"headers": {"Authorization": f"Bearer {token}"}},
                        {"headers": {"Authorization": f"bearer {token}"}}]:
        answer = requests.get(demo["url"] + "/.well-known/jmap", timeout=30, **credentials)
        assert answer.status_code == 200 and answer.json()["username"] == anna.auth[0], credentials
    for path, method in [("/.well-known/jmap", "GET"), ("/jmap/api", "POST"), ("/jmap/eventsource?types=*&closeafter=no&ping=0", "GET"),
                         (f"/jmap/upload/{anna.account}/", "POST"), (f"/jmap/download/{anna.account}/x/y?accept=a/b", "GET")]:
        for headers in [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic bm9ib2R5Om5vdGhpbmc="}]:
            answer = requests.request(method, demo["url"] + path, headers=headers, timeout=30)
            assert answer.status_code == 401 and "WWW-Authenticate" in answer.headers, (path, headers)
            assert answer.headers["Content-Type"] == "application/problem+json"
