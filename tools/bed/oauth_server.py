"""A real authorization server for the tests: Authlib's grants in a small Flask application, memory only, https on loopback.

    oauth_server.py CONFIG.json

Authorization code with PKCE, refresh with rotation, device authorization, revocation, introspection (Dovecot asks it), metadata, id_token and
userinfo are Authlib's; here is only what it keeps and the page where a person consents. What a test wants to go wrong is told at
`/_bed/`, all of it JSON by POST:

    set     {"access_ttl": 5, "rotate": true, "grace": false, "deny": false, "fail_token": [503, 2], "delay_answer": 3, ...}
    expire  {"user": "alice@example.test"}    its access tokens have run out
    revoke  {"user": "alice@example.test"}    its grants are gone, as after a change of password
    state   tokens and counts
"""
import base64
import hashlib
import hmac
import html
import json
import os
import secrets
import ssl
import sys
import threading
import time
from urllib.parse import urlencode

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE, DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict
from flask import Flask, Response, jsonify, redirect, request
from werkzeug.serving import WSGIRequestHandler, make_server

CONFIG = json.load(open(sys.argv[1]))
ISSUER, USERS = CONFIG["issuer"], CONFIG["users"]
DEFAULTS = {
    "access_ttl": 3600, "device_ttl": 120, "device_interval": 1, "rotate": True,
    "grace": False,         # the refresh token before the newest stays good until the newest is used
    "deny": False,          # whoever consents is refused all the same
    "identity": True,       # id_token and userinfo say who it is
    "wrong_issuer": False,  # answers name another issuer (RFC 9207)
    "fail_token": None,     # [error code or HTTP status, how many times]
    "delay_answer": 0,      # seconds between what was done and its answer
    "fail_revoke": None,    # [HTTP status, how many times]
    "open_to_all": False,   # introspection names whoever is asked for: a mail server that does not check
}
SETTINGS = dict(DEFAULTS)
LOCK = threading.RLock()
TOKENS, CODES, DEVICES, ASKED, REVOKED = [], {}, {}, [], []
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # introspection by Dovecot is plain http on loopback


class Client(ClientMixin):
    def __init__(self, told):
        self.told, self.client_id = told, told["client_id"]

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return " ".join(word for word in (scope or "").split() if word in ("mail", "openid", "email", "offline_access"))

    def check_redirect_uri(self, uri):
        # A loopback redirect may have any port (RFC 8252, section 7.3).
        return any(uri.startswith(f"http://{host}:") and uri.endswith("/api/v1/oauth/callback") for host in ("127.0.0.1", "localhost"))

    def check_client_secret(self, secret):
        return secrets.compare_digest(secret, self.told.get("client_secret", ""))

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post") if self.told.get("client_secret") else method == "none"

    def check_response_type(self, kind):
        return kind == "code"

    def check_grant_type(self, kind):
        return kind in ("authorization_code", "refresh_token", DEVICE_CODE_GRANT_TYPE)


CLIENTS = {told["client_id"]: Client(told) for told in CONFIG["clients"]}


class User:
    def __init__(self, name):
        self.name = name

    def get_user_id(self):
        return self.name


class Token(TokenMixin):
    def __init__(self, user, client_id, scope, access, refresh, lifetime, family=None, before=None):
        self.user, self.client_id, self.scope, self.access, self.refresh = user, client_id, scope, access, refresh
        self.issued, self.expires = time.time(), time.time() + lifetime
        self.is_revoked_now = self.is_spent = False
        self.family, self.before = family or secrets.token_hex(8), before

    def check_client(self, client):
        return client.client_id == self.client_id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return int(self.expires - self.issued)

    def is_expired(self):
        return time.time() >= self.expires

    def is_revoked(self):
        return self.is_revoked_now

    def get_user(self):
        return User(self.user)

    def get_client(self):
        return CLIENTS.get(self.client_id)


def revoke_family(family):
    for token in TOKENS:
        if token.family == family:
            token.is_revoked_now = token.is_spent = True


def save_token(answer, asked):
    with LOCK:
        old = getattr(asked, "refresh_token", None)
        TOKENS.append(Token(
            asked.user.get_user_id(), asked.client.client_id, answer.get("scope", ""), answer["access_token"],
            answer.get("refresh_token") or (old.refresh if old else None), answer["expires_in"], old.family if old else None, old))
        if "openid" in answer.get("scope", "") and SETTINGS["identity"] and not old:
            code = getattr(asked, "authorization_code", None)
            answer["id_token"] = id_token(asked.user.get_user_id(), asked.client.client_id, code.nonce if code else None)


def id_token(user, client_id, nonce):
    """Signed with the client's secret (HS256)."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    claims = {"iss": ISSUER, "aud": client_id, "sub": user, "email": user, "email_verified": True,
              "iat": int(time.time()), "exp": int(time.time()) + 600, **({"nonce": nonce} if nonce else {})}
    signed = f"{part({'alg': 'HS256'})}.{part(claims)}"
    key = CLIENTS[client_id].told.get("client_secret", "none").encode()
    return f"{signed}.{base64.urlsafe_b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).rstrip(b'=').decode()}"


METHODS = ["none", "client_secret_basic", "client_secret_post"]


class Code(AuthorizationCodeMixin):
    def __init__(self, **values):
        self.__dict__.update(values)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code, asked):
        data = asked.payload.data
        CODES[code] = Code(
            code=code, client_id=asked.client.client_id, redirect_uri=asked.payload.redirect_uri, scope=asked.scope, user=asked.user.name,
            code_challenge=data.get("code_challenge"), code_challenge_method=data.get("code_challenge_method"), nonce=data.get("nonce"))

    def query_authorization_code(self, code, client):
        found = CODES.get(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, code):
        CODES.pop(code.code, None)

    def authenticate_user(self, code):
        return User(code.user)


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    @property
    def INCLUDE_NEW_REFRESH_TOKEN(self):
        return SETTINGS["rotate"]

    def authenticate_refresh_token(self, refresh):
        with LOCK:
            token = next((token for token in reversed(TOKENS) if token.refresh == refresh), None)
            if token and token.is_spent and not token.is_revoked_now:
                newest = next((other for other in TOKENS if other.before is token), None)
                if SETTINGS["grace"] and newest and not newest.is_spent:
                    newest.is_revoked_now = newest.is_spent = True  # its answer was lost: it never reached anybody
                    return token
            if token and token.is_spent:
                revoke_family(token.family)  # a spent token came back: somebody has stolen one of the two
                return None
            return token

    def authenticate_user(self, token):
        return User(token.user)

    def revoke_old_credential(self, token):
        if SETTINGS["rotate"]:
            token.is_spent = True


class DeviceEndpoint(DeviceAuthorizationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    @property
    def EXPIRES_IN(self):
        return SETTINGS["device_ttl"]

    @property
    def INTERVAL(self):
        return SETTINGS["device_interval"]

    def get_verification_uri(self):
        return ISSUER + "/device"

    def save_device_credential(self, client_id, scope, data):
        DEVICES[data["device_code"]] = {
            **data, "client_id": client_id, "scope": scope, "user": None, "denied": False,
            "expires_at": time.time() + SETTINGS["device_ttl"], "polled": 0}


class DeviceGrant(DeviceCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_device_credential(self, code):
        found = DEVICES.get(code)
        return DeviceCredentialDict(found) if found else None

    def query_user_grant(self, user_code):
        for device in DEVICES.values():
            if device["user_code"] == user_code and (device["denied"] or device["user"]):
                return User(device["user"] or "nobody"), not device["denied"]

    def should_slow_down(self, credential):
        device = DEVICES[credential["device_code"]]
        last, device["polled"] = device["polled"], time.time()
        return device["polled"] - last < SETTINGS["device_interval"] * 0.9


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, text, hint):
        return next((token for token in TOKENS if token.access == text), None)

    def check_permission(self, token, client, asked):
        return client.told.get("resource_server", False)

    def introspect_token(self, token):
        return {"active": True, "client_id": token.client_id, "token_type": "Bearer", "username": token.user, "scope": token.scope,
                "iss": ISSUER, "exp": int(token.expires)}


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, text, hint):
        return next((token for token in TOKENS if text in (token.access, token.refresh)), None)

    def revoke_token(self, token, asked):
        REVOKED.append(token.user)
        if asked.form["token"] == token.refresh:
            revoke_family(token.family)
        token.is_revoked_now = True


app = Flask("oauth")
server = AuthorizationServer(app, query_client=CLIENTS.get, save_token=save_token)
server.register_token_generator("default", BearerTokenGenerator(
    lambda **_: "at." + secrets.token_urlsafe(32), lambda **_: "rt." + secrets.token_urlsafe(32), lambda *_: SETTINGS["access_ttl"]))
server.register_grant(CodeGrant, [CodeChallenge(required=True)])
server.register_grant(RefreshGrant)
server.register_grant(DeviceGrant)
for endpoint in (Introspection, Revocation, DeviceEndpoint):
    server.register_endpoint(endpoint)


def injected(name):
    with LOCK:
        fault = SETTINGS[name]
        if not fault:
            return None
        fault[1] -= 1
        if fault[1] <= 0:
            SETTINGS[name] = None
        return fault[0]


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Bed Mail</title><h1>Sign in to Bed Mail</h1><p>%(asks)s</p><form method="post">%(more)s
<p><label>Address <input name="username" value="%(hint)s"></label></p>
<p><label>Password <input name="password" type="password"></label></p>
<button name="ok" value="1">Allow</button> <button name="ok" value="0">Deny</button></form><p role="alert">%(fault)s</p></html>"""


def consent_page(hint="", more="", fault="", status=200):
    asks = "Postroom wants to read and send your mail."
    return PAGE % {"asks": asks, "more": more, "hint": html.escape(hint, quote=True), "fault": fault}, status


def consenting():
    """The user who pressed Allow with the right password; None: Deny; False: wrong."""
    name, allowed = request.form.get("username", ""), request.form.get("ok") == "1" and not SETTINGS["deny"]
    if request.form.get("ok") == "0":
        return None
    if USERS.get(name) != request.form.get("password"):
        return False
    return name if allowed else None


@app.route("/authorize", methods=["GET", "POST"])
def authorize():
    try:
        server.get_consent_grant(end_user=None)
    except OAuth2Error as error:
        return server.handle_error_response(request, error)
    if request.method == "GET":
        return consent_page(request.args.get("login_hint", ""))
    user = consenting()
    if user is False:
        return consent_page(request.form.get("username", ""), fault="Wrong address or password", status=403)
    answer = server.create_authorization_response(grant_user=User(user) if user else None)
    if location := answer.headers.get("Location"):
        issuer = "https://somebody.else.test" if SETTINGS["wrong_issuer"] else ISSUER
        answer.headers["Location"] = location + ("&" if "?" in location else "?") + urlencode({"iss": issuer})
    return answer


@app.post("/token")
def token():
    shown = request.form.get("refresh_token")
    ASKED.append([request.form.get("grant_type", ""), next((token.user for token in TOKENS if shown and token.refresh == shown), "")])
    fault = injected("fail_token")
    if isinstance(fault, int):
        return Response("trouble", status=fault)
    if fault:
        return jsonify(error=fault, error_description="told so by a test"), 400
    answer = server.create_token_response()
    time.sleep(SETTINGS["delay_answer"])
    return answer


@app.post("/introspect")
def introspect():
    return server.create_endpoint_response(Introspection.ENDPOINT_NAME)


@app.post("/revoke")
def revoke():
    if fault := injected("fail_revoke"):
        return Response("trouble", status=fault)
    return server.create_endpoint_response(Revocation.ENDPOINT_NAME)


@app.post("/device_authorization")
def device_authorization():
    return server.create_endpoint_response(DeviceEndpoint.ENDPOINT_NAME)


@app.route("/device", methods=["GET", "POST"])
def device():
    code = request.values.get("user_code", "")
    field = f'<p><label>Code <input name="user_code" value="{html.escape(code, quote=True)}"></label></p>'
    if request.method == "GET":
        return consent_page(more=field)
    found = next((device for device in DEVICES.values() if device["user_code"] == code), None)
    user = consenting()
    if not found or user is False:
        return consent_page(more=field, fault="Wrong code, address or password", status=403)
    found["user"], found["denied"] = user, user is None
    return "Done: go back to your device."


@app.get("/userinfo")
def userinfo():
    text = request.headers.get("Authorization", "").removeprefix("Bearer ")
    found = next((token for token in TOKENS if token.access == text and not token.is_revoked_now), None)
    if not found or not SETTINGS["identity"]:
        return jsonify(error="invalid_token"), 401
    return jsonify(sub=found.user, email=found.user, email_verified=True)


@app.get("/.well-known/openid-configuration")
@app.get("/.well-known/oauth-authorization-server")
def metadata():
    return jsonify(
        issuer=ISSUER, authorization_endpoint=ISSUER + "/authorize", token_endpoint=ISSUER + "/token",
        revocation_endpoint=ISSUER + "/revoke", device_authorization_endpoint=ISSUER + "/device_authorization",
        userinfo_endpoint=ISSUER + "/userinfo", introspection_endpoint=ISSUER + "/introspect", response_types_supported=["code"],
        grant_types_supported=["authorization_code", "refresh_token", DEVICE_CODE_GRANT_TYPE], code_challenge_methods_supported=["S256"],
        scopes_supported=["mail", "openid", "email"], token_endpoint_auth_methods_supported=METHODS,
        authorization_response_iss_parameter_supported=True)


@app.route("/_bed/<what>", methods=["GET", "POST"])
def bed(what):
    told = request.get_json(silent=True) or {}
    with LOCK:
        mine = [token for token in TOKENS if token.user == told.get("user")]
        if what == "set":
            SETTINGS.update(told)
        elif what == "reset":
            SETTINGS.update(DEFAULTS)
        elif what == "expire":
            for token in mine:
                token.expires = time.time() - 1
        elif what == "revoke":
            for token in mine:
                token.is_revoked_now = token.is_spent = True
        elif what == "mint":
            # A token without all the clicking, for tests of what a mail server makes of it.
            access = secrets.token_urlsafe(32)
            TOKENS.append(Token(told["user"], next(iter(CLIENTS)), "mail", access, None, told.get("ttl", 600)))
            return jsonify(access_token=access)
        elif what != "state":
            return jsonify(error="no such order"), 404
        return jsonify(
            settings=SETTINGS, asked=ASKED, revoked=REVOKED,
            tokens=[{"user": t.user, "revoked": t.is_revoked_now, "spent": t.is_spent, "scope": t.scope} for t in TOKENS])


WSGIRequestHandler.protocol_version = "HTTP/1.1"
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CONFIG["certificate"], CONFIG["key"])
plain = make_server("127.0.0.1", CONFIG["http_port"], app, threaded=True)
threading.Thread(target=plain.serve_forever, daemon=True).start()
make_server("127.0.0.1", CONFIG["https_port"], app, threaded=True, ssl_context=context).serve_forever()
