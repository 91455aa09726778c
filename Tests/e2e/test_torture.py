"""A few kills on each database; `make torture` does two hundred."""
import os
import subprocess
import sys

import pytest

from support.bed import ROOT


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_killed_again_and_again(bed, database):
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "torture", "--count", "5", "--database", database], capture_output=True, text=True,
        env={**os.environ, "POSTROOM_BED": str(bed.folder)})
    assert done.returncode == 0, done.stdout + done.stderr
