"""Fixtures of the end-to-end and of the browser tests. POSTROOM_BED names a running bed; without it the tests start one of their own."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from .bed import ROOT, Bed
from .oauth import AuthorizationServer
from .postgres import PostgresServer
from .postroom import BINARY, Postroom


@pytest.fixture(scope="session")
def bed():
    if folder := os.environ.get("POSTROOM_BED"):
        yield Bed(folder)
        return
    folder = tempfile.mkdtemp(prefix="postroom-bed.", dir="/tmp")
    subprocess.run([ROOT / "tools" / "servers", "up", folder], check=True, stdout=subprocess.DEVNULL)
    try:
        yield Bed(folder)
    finally:
        subprocess.run([ROOT / "tools" / "servers", "down", folder], check=True)


@pytest.fixture
def mailbox(bed):
    return bed.fresh_mailbox()


@pytest.fixture
def other_mailbox(bed):
    return bed.fresh_mailbox()


@pytest.fixture
def authorization_server(bed):
    assert bed.oauth, "the bed has no authorization server: tools/setup browser, then start it again"
    server = AuthorizationServer(bed)
    server.order("reset")
    yield server
    server.order("reset")


@pytest.fixture(scope="session")
def postroom(bed, tmp_path_factory):
    """A server that most tests share, with the administrator `admin` and the member `member`."""
    server = prepared(bed, tmp_path_factory.mktemp("data"))
    server.serve()
    yield server
    server.stop()


@pytest.fixture
def own_postroom(bed, tmp_path):
    """A data folder for one test, which starts and stops the server itself."""
    server = prepared(bed, tmp_path / "data")
    yield server
    if server.is_running():
        server.kill()


@pytest.fixture(scope="session")
def postgres():
    server = PostgresServer()
    yield server
    server.remove()


def prepared(bed, data):
    server = Postroom(bed, data)
    server.add_user("admin", "--admin")
    server.add_user("member")
    return server


@pytest.fixture
def unreadable(bed):
    """unreadable(mailbox, subject): Dovecot can't open that message's file any more, and hangs up on who asks for it."""
    taken = []
    sudo = [] if os.geteuid() == 0 else ["sudo"]

    def take(mailbox, subject):
        home = Path(bed.folder) / "mail" / mailbox.name / "Maildir"
        found = subprocess.run([*sudo, "grep", "-rl", f"Subject: {subject}", home], capture_output=True, text=True, check=True).stdout.split()
        path = next(line for line in found if "/cur/" in line or "/new/" in line)
        subprocess.run([*sudo, "chmod", "0", path], check=True)
        taken.append((home, path.split("/")[-1].split(":")[0]))

    def give():
        for home, name in taken:
            subprocess.run([*sudo, "find", home, "-name", f"{name}*", "-exec", "chmod", "600", "{}", "+"], check=True)

    take.back = give
    yield take
    give()


@pytest.fixture(scope="module")
def demo():
    """`postroom demo --empty`: its address, its users, where its servers are."""
    process = subprocess.Popen(
        [BINARY, "demo", "--empty", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "POSTROOM_DEMO_TOOLS": str(ROOT / "tools")})
    try:
        yield {**json.loads(process.stdout.readline()), "servers": Path(tempfile.gettempdir()) / f"postroom-demo-{process.pid}/servers"}
    finally:
        process.terminate()
        assert process.wait(30) == 0
