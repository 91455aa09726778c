"""Fixtures of the end-to-end tests. POSTROOM_BED names a running bed; without it the tests start one of their own."""
import os
import subprocess
import tempfile

import pytest

from support.bed import ROOT, Bed


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
