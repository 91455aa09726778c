"""The bed's authorization server (tools/bed/oauth_server.py), and a person who consents there."""
import re
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from .bed import eventually
from .postroom import PASSWORD


class AuthorizationServer:
    def __init__(self, bed):
        self.bed, told = bed, bed.oauth
        self.issuer, self.clients, self._control = told["issuer"], told["clients"], told["control"]

    def order(self, what, **told):
        answer = requests.post(self._control + what, json=told, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def set(self, **settings):
        return self.order("set", **settings)

    def state(self):
        return self.order("state")

    def asked(self, mailbox):
        """How many times the token endpoint was asked to renew this mailbox's tokens; other tests' accounts renew theirs too."""
        return self.state()["asked"].count(["refresh_token", mailbox.address])

    def settings(self, **more):
        """The `oauth` member of a provider."""
        return {
            "clientId": "postroom", "clientSecret": self.clients["postroom"], "authorizeUrl": self.issuer + "/authorize",
            "tokenUrl": self.issuer + "/token", "revocationUrl": self.issuer + "/revoke",
            "deviceUrl": self.issuer + "/device_authorization", "issuer": self.issuer, "sendsIssuer": True,
            "scopes": ["mail", "openid", "email"], **more}

    def consent(self, url, mailbox, allow=True):
        """What a person does on the page of the service; the address that the browser is then sent to."""
        answer = requests.post(
            url, data={"username": mailbox.address, "password": mailbox.password, "ok": "1" if allow else "0"}, verify=self.bed.ca,
            allow_redirects=False, timeout=30)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def approve_device(self, url, mailbox, allow=True):
        code = parse_qs(urlsplit(url).query)["user_code"][0]
        answer = requests.post(
            self.issuer + "/device", verify=self.bed.ca, timeout=30,
            data={"user_code": code, "username": mailbox.address, "password": mailbox.password, "ok": "1" if allow else "0"})
        assert answer.ok, answer.text


class Browser:
    """A browser's session at Postroom: cookies, and the header that the page sends."""

    def __init__(self, postroom, user):
        self.postroom, self.session = postroom, requests.Session()
        self.session.headers["X-Postroom"] = "1"
        self.post("/api/v1/session", {"name": user, "password": PASSWORD})

    def post(self, path, body=None, status=None):
        answer = self.session.post(urljoin(self.postroom.url, path), json=body or {}, timeout=90)
        assert answer.ok if status is None else answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def get(self, path):
        answer = self.session.get(urljoin(self.postroom.url, path), timeout=90)
        assert answer.ok, answer.text
        return answer.json()

    def visit(self, url):
        """The way back from the service: the answer itself, not what it leads to."""
        return self.session.get(url, allow_redirects=False, timeout=90)

    def begin(self, mailbox, provider, **more):
        return self.post("/api/v1/oauth/sign-ins", {"address": mailbox.address, "providerId": provider["id"], **more})

    def sign_in(self, server, mailbox, provider=None, account=None, person=None, status=None):
        """All of it: begin, consent as `person`, come back, finish; the account, or the problem where `status` says so."""
        attempt = self.post("/api/v1/oauth/sign-ins", {"accountId": account.id}) if account else self.begin(mailbox, provider)
        answer = self.visit(server.consent(attempt["authorizeUrl"], person or mailbox))
        assert answer.status_code == 303 and answer.headers["Location"] == f"/#/signed-in/{attempt['id']}", answer.text
        return self.post(f"/api/v1/oauth/sign-ins/{attempt['id']}/finish", status=status)


def connect(postroom, server, mailbox, provider, user="admin"):
    """A mailbox connected by signing in, and up to date."""
    from .jmap import Account
    told = Browser(postroom, user).sign_in(server, mailbox, provider)
    account = Account(postroom, mailbox, told, user)
    eventually(lambda: account.phase() == "upToDate", f"{mailbox.address} to be up to date")
    return account


def device_link(process):
    """The page with the code in it, as the command line prints it."""
    for line in process.stderr:
        if found := re.search(r"(https://\S+user_code=\S+)", line):
            return found[1]
    raise AssertionError("no device link was printed")
