"""An account through JMAP (RFC 8620, RFC 8621), as any script with a password can use it."""
from urllib.parse import urljoin

import requests

from .bed import eventually
from .postroom import PASSWORD

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"]
PROPERTIES = ["id", "blobId", "threadId", "mailboxIds", "keywords", "subject", "from", "to", "messageId", "hasAttachment", "attachments",
              "size", "preview", "textBody", "bodyValues", "inReplyTo"]


class Account:
    def __init__(self, postroom, mailbox, told, user):
        self.postroom, self.mailbox, self.user = postroom, mailbox, user
        self.id, self.jmap_id, self.address = told["id"], told["jmapAccountId"], mailbox.address

    @property
    def path(self):
        return f"/api/v1/accounts/{self.id}"

    def told(self):
        return self.postroom.get(self.path, user=self.user)

    def phase(self):
        return self.told()["status"]["phase"]

    # JMAP.

    def session(self):
        return self.postroom.get("/.well-known/jmap", user=self.user)

    def call(self, *calls):
        """Method calls in order, the account id filled in; the arguments of their answers."""
        body = {"using": USING, "methodCalls": [
            [name, {"accountId": self.jmap_id, **arguments}, str(index)] for index, (name, arguments) in enumerate(calls)]}
        answers = self.postroom.post(urljoin(self.postroom.url, self.session()["apiUrl"]), body, user=self.user)["methodResponses"]
        for name, arguments, _ in answers:
            assert name != "error", arguments
        return [arguments for _, arguments, _ in answers]

    def folders(self):
        """Ids of the folders, by role and by name."""
        found = self.call(("Mailbox/get", {"ids": None}))[0]["list"]
        return {folder["name"]: folder["id"] for folder in found} | {folder["role"]: folder["id"] for folder in found if folder["role"]}

    def emails(self, folder="inbox"):
        """The Emails of a folder, newest first; none where the folder is not there (yet)."""
        folder_id = self.folders().get(folder)
        if not folder_id:
            return []
        _, got = self.call(
            ("Email/query", {"filter": {"inMailbox": folder_id}, "sort": [{"property": "receivedAt", "isAscending": False}], "limit": 100}),
            ("Email/get", {"#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"}, "properties": PROPERTIES, "fetchTextBodyValues": True}))
        return got["list"]

    def find(self, subject, folder="inbox"):
        return next((email for email in self.emails(folder) if email["subject"] == subject), None)

    def wait_for(self, subject, folder="inbox", where=lambda email: True):
        def found():
            email = self.find(subject, folder)
            return email if email and where(email) else None
        return eventually(found, f"an Email '{subject}' in {folder} of {self.address}")

    def get(self, email_id):
        return self.call(("Email/get", {"ids": [email_id], "properties": PROPERTIES}))[0]["list"][0]

    def update(self, email_id, **patch):
        answer = self.call(("Email/set", {"update": {email_id: patch}}))[0]
        assert email_id in (answer.get("updated") or {}), answer

    def move(self, email_id, folder):
        self.update(email_id, mailboxIds={self.folders()[folder]: True})

    # Blobs.

    def upload(self, data, kind="application/octet-stream"):
        url = urljoin(self.postroom.url, self.session()["uploadUrl"].replace("{accountId}", self.jmap_id))
        answer = requests.post(url, data=data, headers={"Content-Type": kind}, auth=(self.user, PASSWORD), timeout=60)
        assert answer.ok, answer.text
        return answer.json()["blobId"]

    def download(self, blob_id, name="file", kind="application/octet-stream"):
        url = self.session()["downloadUrl"]
        for key, value in {"accountId": self.jmap_id, "blobId": blob_id, "name": name, "type": kind}.items():
            url = url.replace("{" + key + "}", value)
        answer = requests.get(urljoin(self.postroom.url, url), auth=(self.user, PASSWORD), timeout=60)
        assert answer.ok, answer.text
        return answer.content

    # Sending.

    def send(self, to, subject, text="Hello", attachments=(), headers=None):
        """Writes a draft and submits it; the id of the submission. `attachments` are (name, bytes)."""
        folders = self.folders()
        identity = next(i for i in self.call(("Identity/get", {"ids": None}))[0]["list"] if i["email"] == self.address)
        to = [to] if isinstance(to, str) else to
        draft = {
            "mailboxIds": {folders["drafts"]: True}, "keywords": {"$draft": True, "$seen": True}, "from": [{"email": self.address}],
            "to": [{"email": address} for address in to], "subject": subject, "bodyValues": {"1": {"value": text}},
            "textBody": [{"partId": "1", "type": "text/plain"}], **(headers or {}),
            "attachments": [
                {"blobId": self.upload(data), "type": "application/octet-stream", "name": name, "disposition": "attachment"}
                for name, data in attachments]}
        written, submitted, *_ = self.call(
            ("Email/set", {"create": {"draft": draft}}),
            ("EmailSubmission/set", {
                "create": {"send": {"emailId": "#draft", "identityId": identity["id"]}},
                "onSuccessUpdateEmail": {"#send": {
                    f"mailboxIds/{folders['drafts']}": None, f"mailboxIds/{folders['sent']}": True, "keywords/$draft": None}}}))
        assert written.get("created"), written
        assert submitted.get("created"), submitted
        return submitted["created"]["send"]["id"]

    def submission(self, submission_id):
        """What the outbox tells about it."""
        outbox = self.postroom.get(f"{self.path}/submissions", user=self.user)["submissions"]
        return next(submission for submission in outbox if submission["id"] == submission_id)

    def outcome(self, submission_id, *states):
        def reached():
            submission = self.submission(submission_id)
            return submission if submission["state"] in states else None
        return eventually(reached, f"the submission to be {' or '.join(states)}", patience=60)
