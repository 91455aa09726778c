"""The fixtures, and what the server said beside each failure."""
import pytest

from support.fixtures import authorization_server, bed, demo, mailbox, other_mailbox, own_postroom, postgres, postroom, unreadable  # noqa: F401


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    given = getattr(item, "funcargs", {})
    server = given.get("own_postroom") or given.get("postroom")
    if report.failed and server and server.output:
        report.sections.append(("postroom", "".join(server.output[-60:])))
