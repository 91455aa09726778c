"""The fixtures of the end-to-end tests, for what is not killing."""
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "e2e"), str(Path(__file__).resolve().parent)]

from support.fixtures import bed, mailbox, other_mailbox, own_postroom, postgres  # noqa: E402, F401
