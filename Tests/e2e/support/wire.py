"""JMAP as bytes on the wire: what strict clients and conformance suites do, without any help of a client library."""
import json

import requests

CORE, MAIL, SUBMISSION = "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"


class Wire:
    """One user on one account. `call` gives the arguments of a method's response; a method error is an AssertionError."""

    def __init__(self, url, user, password):
        self.auth = (user, password)
        self.session = requests.get(f"{url}/.well-known/jmap", auth=self.auth, timeout=30).json()
        self.account = self.session["primaryAccounts"][MAIL]

    def post(self, body, kind="application/json"):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return requests.post(self.session["apiUrl"], data=data, headers={"Content-Type": kind}, auth=self.auth, timeout=60)

    def responses(self, *calls, using=(CORE, MAIL, SUBMISSION), **more):
        answer = self.post({"using": list(using), "methodCalls": [[*call, str(place)] if len(call) == 2 else list(call)
                                                                for place, call in enumerate(calls)], **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, name, **arguments):
        arguments = {"accountId": self.account, **arguments}
        told, found, _ = self.responses([name, arguments])["methodResponses"][0]
        assert told == name, found
        return found

    def error(self, name, arguments):
        told, found, _ = self.responses([name, arguments])["methodResponses"][0]
        assert told == "error", found
        return found["type"]

    def refusal(self, name, **arguments):
        return self.error(name, {"accountId": self.account, **arguments})

    # Blobs.

    def upload(self, data, kind="application/octet-stream"):
        answer = requests.post(self.session["uploadUrl"].replace("{accountId}", self.account), data=data, headers={"Content-Type": kind},
                               auth=self.auth, timeout=60)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def download(self, blob, name="file", kind="application/octet-stream"):
        url = self.session["downloadUrl"]
        for key, value in {"accountId": self.account, "blobId": blob, "name": name, "type": kind.replace("/", "%2F")}.items():
            url = url.replace("{" + key + "}", value)
        return requests.get(url, auth=self.auth, timeout=60)

    def events(self, types="*", closeafter="no", ping=0, **more):
        url = self.session["eventSourceUrl"]
        for key, value in {"types": types, "closeafter": closeafter, "ping": str(ping)}.items():
            url = url.replace("{" + key + "}", value)
        return requests.get(url, auth=self.auth, stream=True, timeout=30, **more)

    # Mail.

    def state(self, kind):
        return self.call(f"{kind}/get", ids=[])["state"]

    def folders(self):
        return {folder["role"] or folder["name"]: folder["id"] for folder in self.call("Mailbox/get", ids=None)["list"]}

    def one(self, email, **more):
        return self.call("Email/get", ids=[email], **more)["list"][0]

    def folder(self, name, parent=None, **more):
        made = self.call("Mailbox/set", create={"f": {"name": name, "parentId": parent, **more}})
        assert made["created"], made
        return made["created"]["f"]["id"]

    def draft(self, folder, **more):
        """A small text email, as a client writes it; its id."""
        made = self.call("Email/set", create={"d": {
            "mailboxIds": {folder: True}, "from": [{"name": "Test", "email": "test@example.com"}],
            "to": [{"name": "User", "email": "user@example.com"}], "subject": "A draft",
            "bodyStructure": {"type": "text/plain", "partId": "1"}, "bodyValues": {"1": {"value": "body"}}, **more}})
        assert made["created"], made
        return made["created"]["d"]["id"]

    def bring(self, source, folders, keywords=(), received=None, **more):
        """Email/import of one message; the answer of the method."""
        blob = self.upload(source if isinstance(source, bytes) else source.encode(), "message/rfc822")["blobId"]
        email = {"blobId": blob, "mailboxIds": dict.fromkeys([folders] if isinstance(folders, str) else folders, True),
                 "keywords": dict.fromkeys(keywords, True), **more}
        if received:
            email["receivedAt"] = received
        return self.call("Email/import", emails={"i": email})

    def destroy(self, kind, *ids, **more):
        gone = self.call(f"{kind}/set", destroy=list(ids), **more)
        assert gone["destroyed"] is not None and set(gone["destroyed"]) == set(ids), gone
