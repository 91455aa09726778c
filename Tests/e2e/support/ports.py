"""Free loopback ports as tools/servers takes them: none that the system may have given to an outgoing connection by then."""
import sys

from .bed import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from bed.bed import free_ports  # noqa: E402


def free_port():
    return free_ports(["any"])["any"]
