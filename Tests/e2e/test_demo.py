"""`make demo` without make: servers, mail, directory, users, and nothing left behind."""
import imaplib
import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
import requests

from support.bed import ROOT, eventually
from support.postroom import BINARY


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="postroom-demo.", dir="/tmp") as path:
        os.chmod(path, 0o755)
        yield Path(path) / "servers"


def test_the_demos_servers(folder):
    servers = subprocess.Popen([ROOT / "tools" / "demo-servers", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    told = json.loads(servers.stdout.readline())
    imap_port = json.loads((folder / "bed.json").read_text())["ports"]["imap"]
    total = 0
    for user in told["users"]:
        imap = imaplib.IMAP4("127.0.0.1", imap_port)
        imap.login(user["address"], user["password"])
        folders = [line.decode().split(' "/" ')[1] for line in imap.list()[1]]
        total += sum(int(imap.select(name, readonly=True)[1][0]) for name in folders)
    assert total > 400
    servers.stdin.close()
    assert servers.wait(30) == 0
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        imaplib.IMAP4("127.0.0.1", imap_port)


def test_postroom_demo():
    demo = subprocess.Popen(
        [BINARY, "demo", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "POSTROOM_DEMO_TOOLS": str(ROOT / "tools")})
    try:
        told = json.loads(demo.stdout.readline())
        anna = next(user for user in told["users"] if user["name"] == "anna")

        def get(path):
            answer = requests.get(told["url"] + path, auth=(anna["name"], anna["password"]), timeout=30)
            assert answer.ok, answer.text
            return answer.json()
        account = eventually(lambda: (get("/api/v1/accounts")["accounts"] or [None])[0], "Anna's account")
        assert account["address"] == "anna@postroom.test"
        assert [domain["domain"] for domain in get("/api/v1/domains")["domains"]] == ["postroom.test"]
        eventually(lambda: get(f"/api/v1/accounts/{account['id']}")["status"]["phase"] == "upToDate", "Anna's mail", patience=60)
    finally:
        demo.terminate()
        assert demo.wait(30) == 0
