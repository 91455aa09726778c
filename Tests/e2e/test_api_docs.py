"""docs/api.md does what it says: its examples run from top to bottom against `postroom demo`."""
import json
import os
import re
import subprocess
from types import SimpleNamespace

import jmapc
import pytest
import requests

from support.bed import ROOT, eventually
from support.postroom import BINARY

TEXT = (ROOT / "docs" / "api.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def demo():
    process = subprocess.Popen(
        [BINARY, "demo", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "POSTROOM_DEMO_TOOLS": str(ROOT / "tools")})
    try:
        told = json.loads(process.stdout.readline())
        for user in told["users"]:
            auth = (user["name"], user["password"])

            def phase():
                accounts = requests.get(f"{told['url']}/api/v1/accounts", auth=auth, timeout=30).json()["accounts"]
                return accounts and accounts[0]["status"]["phase"] == "upToDate"
            eventually(phase, f"the mail of {user['name']}", patience=60)
        yield told
    finally:
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def results(demo, tmp_path_factory):
    """Where the shell examples left their files; each block's output, in order."""
    folder = tmp_path_factory.mktemp("api")
    script = "set -euo pipefail\n" + "\n".join(f"{block}\necho '--8<--'" for block in blocks("sh"))
    script = script.replace("URL=http://127.0.0.1:8080", f"URL={demo['url']}")
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return SimpleNamespace(folder=folder, output=done.stdout.split("--8<--\n"))


def answers(results, name):
    calls = json.loads((results.folder / name).read_text())["methodResponses"]
    assert all(call[0] != "error" for call in calls), calls
    return [call[1] for call in calls]


def test_curl(results, demo):
    assert len(blocks("sh")) >= 12
    listed = answers(results, "list.json")[1]["list"]
    assert len(listed) == 20 and listed[0]["subject"]
    email = answers(results, "email.json")[0]["list"][0]
    assert email["id"] == listed[0]["id"] and all(value["value"] for value in email["bodyValues"].values())
    assert (results.folder / "message.eml").read_bytes().lower().count(b"\nsubject:") == 1
    sent = answers(results, "sent.json")
    assert sent[1]["created"]["send"]["id"] and list(sent[2]["updated"].values()) == [None]
    joined = "".join(results.output)
    assert '"isReadOnly": true' in joined and '"isPersonal": false' in joined and '"jmapAccountId": "a4"' in joined
    changed = next(output for output in results.output if '"newState"' in output)
    assert listed[0]["id"] in changed

    def arrived():
        calls = [["Email/query", {"accountId": boris, "filter": {"subject": "offer", "hasAttachment": True}}, "0"]]
        answer = requests.post(f"{demo['url']}/jmap/api", json={"using": ["urn:ietf:params:jmap:mail"], "methodCalls": calls},
                               auth=("boris", "boris-demo"), timeout=30).json()
        return answer["methodResponses"][0][1]["ids"]
    session = requests.get(f"{demo['url']}/.well-known/jmap", auth=("boris", "boris-demo"), timeout=30).json()
    boris = session["primaryAccounts"]["urn:ietf:params:jmap:mail"]
    eventually(arrived, "the offer at Boris's")


def test_python(results, demo, monkeypatch, capsys):
    auth = ("anna", "anna-demo")
    session = requests.get(f"{demo['url']}/.well-known/jmap", auth=auth, timeout=30).json()
    original = jmapc.Client.create_with_password

    def create(host, user, password):
        # jmapc looks for its session at https only, so it is handed the session that it would have fetched.
        client = original(host, user=user, password=password)
        client.__dict__["jmap_session"] = jmapc.client.Session.from_dict(session)
        return client
    monkeypatch.setattr(jmapc.Client, "create_with_password", create)
    (block,) = blocks("python")
    exec(compile(block, "docs/api.md", "exec"), {})
    assert "An offer" in capsys.readouterr().out
