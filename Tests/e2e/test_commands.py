"""The command line in the forms that scripts rely on, on the data folder directly and through a running server."""
import json
import subprocess

import pytest
import requests

from support.bed import eventually
from support.postroom import BINARY


@pytest.fixture(params=["no server", "server running"])
def set_up(request, own_postroom, bed, mailbox):
    """A provider and an account made by commands alone."""
    if request.param == "server running":
        own_postroom.serve()
    own_postroom.run(
        "provider", "add", "Example Mail", "--imap", f"127.0.0.1:{bed.ports['imaps']}", "--imap-security", "ssl",
        "--smtp", f"127.0.0.1:{bed.ports['submissions']}", "--smtp-security", "ssl", "--login-format", "email", "--domain", bed.domain)
    mailbox.append(f"From: Anna <anna@{bed.domain}>\nTo: {mailbox.address}\nSubject: Needle in a haystack\nMessage-ID: <needle@test>\n\nHello\n")
    own_postroom.run("account", "add", mailbox.address, "--user", "member", "--password-stdin", given=mailbox.password + "\n")
    return own_postroom


def test_the_whole_way(set_up, mailbox, other_mailbox, tmp_path):
    assert [provider["name"] for provider in set_up.json("provider", "list")] == ["Example Mail"]
    assert [domain["domain"] for domain in set_up.json("domain", "list")] == ["example.test"]
    assert [account["address"] for account in set_up.json("account", "list")] == [mailbox.address]
    set_up.json("sync", mailbox.address)

    listed = set_up.json("mail", "list", mailbox.address)
    assert [email["subject"] for email in listed] == ["Needle in a haystack"]
    assert {"id", "uid", "folder", "from", "to", "subject", "receivedAt", "size", "keywords"} <= set(listed[0])
    raw = set_up.run("mail", "read", listed[0]["id"], "--raw")
    assert raw.replace("\r\n", "\n") == mailbox.source(listed[0]["uid"]).decode().replace("\r\n", "\n")
    assert [email["id"] for email in set_up.json("mail", "search", mailbox.address, "haystack")] == [listed[0]["id"]]

    file = tmp_path / "список.txt"
    file.write_text("1\n2\n")
    outcome = set_up.json(
        "mail", "send", "--from", mailbox.address, "--to", other_mailbox.address, "--subject", "By command", "--text-stdin",
        "--attach", file, given="Hello\n")
    assert outcome["state"] == "sent"
    other_mailbox.wait_for("By command")
    set_up.json("sync", mailbox.address)
    eventually(lambda: mailbox.subjects("Sent") == ["By command"], "the copy in Sent")


def test_an_account_with_a_wrong_password_is_refused_with_77(own_postroom, bed, mailbox):
    own_postroom.run(
        "provider", "add", "Example Mail", "--imap", f"127.0.0.1:{bed.ports['imaps']}", "--imap-security", "ssl",
        "--smtp", f"127.0.0.1:{bed.ports['submissions']}", "--smtp-security", "ssl", "--domain", bed.domain)
    done = own_postroom.command("account", "add", mailbox.address, "--user", "member", "--password-stdin", given="wrong\n")
    assert done.returncode == 77
    assert mailbox.password not in done.stderr and done.stderr.strip()


@pytest.mark.parametrize("words, code", [
    (["provider", "add"], 64), (["nonsense"], 64), (["mail", "list", "nobody@nowhere.test", "--json"], 65),
    (["provider", "add", "X", "--imap", "imap@domain.com", "--imap-security", "ssl", "--smtp", "s.domain.com", "--smtp-security", "ssl"], 65)])
def test_exit_codes(own_postroom, words, code):
    done = own_postroom.command(*words)
    assert done.returncode == code, done.stderr
    assert done.stderr.strip()


def test_inspect_mime(tmp_path):
    file = tmp_path / "letter.eml"
    file.write_bytes("Subject: =?utf-8?B?0J/RgNC40LLQtdGC?=\r\nContent-Type: text/plain\r\n\r\nHello\r\n".encode())
    told = json.loads(subprocess.run([BINARY, "inspect", "mime", file, "--json"], capture_output=True, check=True).stdout)
    assert "Привет" in json.dumps(told, ensure_ascii=False)


def test_a_token_opens_the_api(own_postroom):
    secret = own_postroom.run("token", "create", "--user", "member", "--name", "script").split()[-1]
    own_postroom.serve()
    headers = {"Authorization": f"Bearer {secret}"}
    assert requests.get(f"{own_postroom.url}/api/v1/profile", headers=headers, timeout=30).json()["name"] == "member"
