"""What the end-to-end tests stand on: the mail servers (bed), the program under test (postroom), JMAP (jmap).

Those who start servers of their own import the package of tools/servers as `bed`.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))
