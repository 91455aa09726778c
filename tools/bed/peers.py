"""IMAP servers beside Dovecot. Debian installs only one IMAP server at a time, so `tools/setup servers` takes the others' packages apart.

Where one of them is not there or does not start the bed goes on without it, says so and tells in `bed.json` what is `missing` and why.
"""
import shutil
from pathlib import Path

UNPACKED = Path(__file__).resolve().parents[2] / ".cache" / "servers"
# Making a password costs a process each; nobody needs all two hundred people here.
PEOPLE = ["alice", "bob", "carol"]


class NotInstalled(Exception):
    """The package was not taken apart."""


def users(bed):
    return [user for user in bed.users if user.name in PEOPLE]


def copy_programs(package, paths, target: Path):
    """The servers run as users of their own, who may not enter the folder of this checkout."""
    target.mkdir()
    for path in paths:
        source = UNPACKED / package / path
        if not source.exists():
            raise NotInstalled(f"{package} is not there: run tools/setup servers")
        shutil.copy(source, target)
