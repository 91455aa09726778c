"""The authorization server of the bed (oauth_server.py), which Dovecot asks about tokens, and Postfix through Dovecot.

It needs Authlib and Flask from `.venv` (tools/setup browser). Where they are not installed the bed starts without it, and the
demo's servers never have it.
"""
import json
import subprocess
from pathlib import Path

from . import programs

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = [
    {"client_id": "postroom", "client_secret": "a secret/with: signs%"},
    {"client_id": "postroom-public"},
    {"client_id": "dovecot", "client_secret": "dovecot-introspects", "resource_server": True},
]


def python():
    """The interpreter that has the packages; None: there is none."""
    path = ROOT / ".venv" / "bin" / "python"
    if not path.exists():
        return None
    done = subprocess.run([path, "-c", "import authlib, flask"], capture_output=True)
    return path if done.returncode == 0 else None


def start(bed):
    config = {
        "issuer": issuer(bed), "http_port": bed.ports["oauth_http"], "https_port": bed.ports["oauth"], "clients": CLIENTS,
        "users": {f"{user.name}@{bed.domain}": user.password for user in bed.users},
        "certificate": f"{bed.folder}/ca/server.pem", "key": f"{bed.folder}/ca/server.key",
    }
    path = bed.folder / "oauth.json"
    path.write_text(json.dumps(config))
    return programs.start("oauth", [python(), Path(__file__).parent / "oauth_server.py", path], bed.folder / "log")


def issuer(bed):
    return f"https://127.0.0.1:{bed.ports['oauth']}"


def description(bed):
    return {
        "issuer": issuer(bed), "control": f"http://127.0.0.1:{bed.ports['oauth_http']}/_bed/",
        "clients": {client["client_id"]: client.get("client_secret") for client in CLIENTS[:2]},
    }


def dovecot_lines(bed):
    """For dovecot.conf, and the file it names: tokens are good when the authorization server says so."""
    (bed.folder / "dovecot" / "oauth2.conf.ext").write_text(
        f"introspection_mode = post\n"
        f"introspection_url = http://dovecot:dovecot-introspects@127.0.0.1:{bed.ports['oauth_http']}/introspect\n"
        f"username_attribute = username\nactive_attribute = active\nactive_value = true\nscope = mail\n"
        f"openid_configuration_url = {issuer(bed)}/.well-known/openid-configuration\n")
    return f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {bed.folder}/dovecot/oauth2.conf.ext\n}}"
