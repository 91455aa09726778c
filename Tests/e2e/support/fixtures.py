"""Fixtures of the end-to-end and of the browser tests. POSTROOM_BED names a running bed; without it the tests start one of their own."""
import os
import subprocess
import tempfile

import pytest

from .bed import ROOT, Bed
from .oauth import AuthorizationServer
from .postgres import PostgresServer
from .postroom import Postroom


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
