"""Starting, stopping and being killed."""
import socket

import pytest
import requests

from support.bed import eventually
from support.letters import letter
from support.postroom import PASSWORD, Postroom


@pytest.fixture
def syncing(own_postroom, mailbox):
    """A server in the middle of fetching 300 messages, and the account that it fetches."""
    for number in range(300):
        mailbox.append(letter(f"letter {number}", "text " * 400))
    return own_postroom.serve().connect(mailbox, caught_up=False)


def ids_in_inbox(account):
    inbox = account.folders().get("inbox")
    return account.call(("Email/query", {"filter": {"inMailbox": inbox}, "limit": 1000}))[0]["ids"] if inbox else []


def caught_up(account):
    eventually(lambda: account.phase() == "upToDate" and len(ids_in_inbox(account)) == 300, "all 300 messages")
    assert len(set(ids_in_inbox(account))) == 300


def test_sigterm_while_syncing_and_while_somebody_listens(syncing):
    server = syncing.postroom
    with requests.get(f"{server.url}/jmap/eventsource?types=*&closeafter=no&ping=30", auth=("admin", PASSWORD), stream=True, timeout=30):
        assert requests.get(f"{server.url}/healthz", timeout=5).ok
        assert server.stop() < 2
    server.serve()
    caught_up(syncing)
    assert server.stop() < 2


def test_killed_while_syncing(syncing):
    syncing.postroom.kill()
    syncing.postroom.serve()
    caught_up(syncing)


def test_a_second_start_on_the_same_folder(own_postroom):
    own_postroom.serve()
    second = own_postroom.command("serve", "--listen", "127.0.0.1:0")
    assert second.returncode == 1
    assert len(second.stderr.strip().splitlines()) == 1 and str(own_postroom.data) in second.stderr
    assert own_postroom.get("/api/v1/session")["user"]["name"] == "admin"


def test_a_taken_port(own_postroom):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        started = own_postroom.command("serve", "--listen", listen)
    assert started.returncode == 1
    assert listen in started.stderr.strip().splitlines()[-1]


def test_a_session_survives_a_restart(own_postroom):
    server = own_postroom.serve()
    browser = requests.Session()
    assert browser.post(f"{server.url}/api/v1/session", json={"name": "member", "password": PASSWORD}, timeout=30).ok
    port = server.url.rsplit(":", 1)[1].strip("/")
    server.stop()
    server.serve(listen=f"127.0.0.1:{port}")
    assert browser.get(f"{server.url}/api/v1/session", timeout=30).json()["user"]["name"] == "member"


def test_first_run_by_the_one_time_link(bed, tmp_path):
    server = Postroom(bed, tmp_path / "data").serve()
    try:
        link = next(word for line in server.output for word in line.split() if "/#/setup/" in word)
        token = link.rsplit("/", 1)[1]
        assert requests.get(f"{server.url}/api/v1/session", timeout=30).json()["setupRequired"]
        first = requests.post(f"{server.url}/api/v1/setup", timeout=30, json={
            "token": token, "name": "first", "displayName": "First", "password": PASSWORD, "language": "en"})
        assert (first.status_code, first.json()["user"]["isAdmin"]) == (201, True)
        assert requests.get(f"{server.url}/api/v1/setup", params={"token": token}, timeout=30).status_code == 410
    finally:
        server.stop()


def test_networks_and_authorities_hold_without_a_restart(own_postroom, bed, mailbox):
    """A server that was told of no network and no authority learns of them while it runs."""
    own_postroom.options = lambda: ["--data", own_postroom.data]
    server = own_postroom.serve()
    provider = server.provider()

    def verdict():
        return server.try_to_connect(mailbox, provider).json()["verdicts"]["imap"]["diagnosis"]["code"]

    assert verdict() == "address-not-allowed"
    server.run("settings", "set", "--networks", "127.0.0.0/8")
    assert verdict() == "certificate-unknown-issuer"
    server.run("settings", "set", "--authorities", bed.ca)
    assert server.try_to_connect(mailbox, provider).status_code == 201
    assert server.request("PATCH", "/api/v1/settings", {"allowNetworks": ["not a network"]}).status_code == 422
