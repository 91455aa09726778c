"""Two `postroom serve` processes on one PostgreSQL: each account is worked for by one of them, and any of them serves anybody."""
import json
import shutil
import signal
import threading
import time

import pytest
import requests

from support.bed import eventually
from support.letters import letter
from support.postroom import PASSWORD, Postroom


class Cluster:
    """Nodes over one database, each with a data folder of its own and the same master key."""

    def __init__(self, bed, folder, postgres, count=2):
        self.postgres, self.url = postgres, postgres.database()
        self.nodes = []
        for number in range(count):
            node = Postroom(bed, folder / f"node{number}", self.url)
            if self.nodes:
                node.data.mkdir()
                shutil.copy(self.nodes[0].data / "master.key", node.data)
            else:
                node.add_user("admin", "--admin")
            node.serve()
            self.nodes.append(node)

    def sql(self, statement):
        return self.postgres.sql(self.url, statement)

    def leases(self):
        """Who holds which account: {account: node id}, only where the lease is good."""
        rows = self.sql("SELECT account_id || ' ' || node FROM leases WHERE expires_at > extract(epoch from clock_timestamp()) * 1000")
        return dict(row.split(" ") for row in rows.splitlines())

    def learn_ids(self):
        """Which id is whose: an orderly end and a new start of the second node shows it."""
        self.nodes[1].stop()
        eventually(lambda: self.sql("SELECT count(*) FROM nodes") == "1", "one node")
        first = self.sql("SELECT id FROM nodes")
        self.nodes[1].serve()
        eventually(lambda: self.sql("SELECT count(*) FROM nodes") == "2", "two nodes")
        self.ids = [first, self.sql(f"SELECT id FROM nodes WHERE id <> '{first}'")]
        return self

    def holder(self, account):
        """The node that works for the account, and another one."""
        found = eventually(lambda: self.leases().get(account.id), f"somebody to work for {account.address}")
        number = self.ids.index(found)
        return self.nodes[number], self.nodes[1 - number]

    def end(self):
        for node in self.nodes:
            if node.is_running():
                node.process.send_signal(signal.SIGCONT)
                node.kill()


@pytest.fixture
def cluster(bed, tmp_path, postgres):
    cluster = Cluster(bed, tmp_path, postgres).learn_ids()
    yield cluster
    cluster.end()


def connected(cluster, mailbox, **more):
    """A mailbox connected through the first node; what people do goes through whichever node a test names."""
    return cluster.nodes[0].connect(mailbox, **more)


def through(account, node):
    account.postroom = node
    return account


class Stream:
    """What an event stream tells."""

    def __init__(self, node):
        self.events = []
        self.answer = requests.get(
            f"{node.url}/jmap/eventsource?types=*&closeafter=no&ping=5", auth=("admin", PASSWORD), stream=True, timeout=60)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for line in self.answer.iter_lines():
                if line.startswith(b"data:"):
                    self.events.append(json.loads(line[5:]))
        except Exception:
            pass

    def states(self, account):
        return [event["changed"][account.jmap_id] for event in self.events if account.jmap_id in event.get("changed", {})]


def test_accounts_are_divided_and_every_one_is_worked_for(cluster, bed):
    for _ in range(4):
        connected(cluster, bed.fresh_mailbox())
    eventually(
        lambda: sorted(list(cluster.leases().values()).count(node) for node in cluster.ids) == [2, 2], "two accounts a node")
    cluster.nodes[1].stop()
    eventually(lambda: set(cluster.leases().values()) == {cluster.ids[0]} and len(cluster.leases()) == 4, "all with the node that is left", 10)


def test_an_event_stream_shows_what_another_node_synced(cluster, mailbox):
    account = connected(cluster, mailbox)
    holder, other = cluster.holder(account)
    stream = Stream(other)
    time.sleep(1)
    mailbox.append(letter("heard elsewhere"))
    eventually(lambda: any("Email" in states for states in stream.states(account)), "an event on the other node")
    assert through(account, other).find("heard elsewhere")
    # And a change made on the other node reaches the server through the one that works for the account.
    account.update(account.find("heard elsewhere")["id"], **{"keywords/$flagged": True})
    mailbox.wait_for("heard elsewhere", having="\\Flagged")
    through(account, holder).wait_for("heard elsewhere", where=lambda email: "$flagged" in email["keywords"])


def test_a_killed_nodes_accounts_move_within_seconds(cluster, mailbox):
    account = connected(cluster, mailbox)
    holder, other = cluster.holder(account)
    holder.kill()
    began = time.monotonic()
    mailbox.append(letter("after the death"))
    through(account, other).wait_for("after the death")
    assert time.monotonic() - began < 20
    assert other.json("check")["problems"] == []


def test_a_stopped_node_that_wakes_up_is_refused(cluster, mailbox):
    account = connected(cluster, mailbox)
    holder, other = cluster.holder(account)
    holder.process.send_signal(signal.SIGSTOP)
    mailbox.append(letter("while one slept"))
    through(account, other).wait_for("while one slept")
    token = int(cluster.sql(f"SELECT token FROM leases WHERE account_id = {account.id}"))
    # What arrives now is seen by both: by the sleeper, whose connection is still open, when it wakes up.
    for number in range(5):
        mailbox.append(letter(f"more {number}"))
    through(account, other).wait_for("more 4")
    holder.process.send_signal(signal.SIGCONT)
    for number in range(5):
        mailbox.append(letter(f"awake {number}"))
    through(account, other).wait_for("awake 4")
    through(account, holder).wait_for("awake 4")
    time.sleep(3)
    assert len(account.emails()) == 11
    assert int(cluster.sql(f"SELECT token FROM leases WHERE account_id = {account.id}")) >= token
    assert cluster.sql("SELECT count(*) FROM leases") == "1"
    assert other.json("check")["problems"] == []


def test_orders_reach_the_node_that_works_for_the_account(cluster, mailbox):
    account = connected(cluster, mailbox)
    holder, other = cluster.holder(account)
    other.post(f"/api/v1/accounts/{account.id}/pause")
    time.sleep(1)
    mailbox.append(letter("while paused"))
    time.sleep(3)
    assert not through(account, holder).find("while paused")
    other.post(f"/api/v1/accounts/{account.id}/resume")
    through(account, other).wait_for("while paused")


def test_messages_leave_exactly_once_whoever_dies(cluster, mailbox, other_mailbox):
    account = connected(cluster, mailbox)
    holder, other = cluster.holder(account)
    sent = []
    for number in range(12):
        sent.append(through(account, [holder, other][number % 2] if number < 6 else other).send(other_mailbox.address, f"once {number}"))
        if number == 5:
            holder.kill()
    through(account, other)
    for submission in sent:
        assert account.outcome(submission, "sent", "unknown")
    unknown = [submission for submission in sent if account.submission(submission)["state"] == "unknown"]
    assert len(unknown) <= 1, "at most what was at its final dot"
    arrived = other_mailbox.subjects()
    assert len(arrived) == len(set(arrived)) and len(arrived) >= 12 - len(unknown)


def test_the_database_restarts_under_both(cluster, mailbox, postgres):
    account = connected(cluster, mailbox)
    holder, other = cluster.holder(account)
    stream = Stream(other)
    time.sleep(1)
    postgres.stop()
    mailbox.append(letter("while the database was away"))
    time.sleep(2)
    answer = other.request("GET", "/api/v1/session")
    assert answer.status_code in (401, 503), answer.text
    postgres.start()
    for node in (holder, other):
        eventually(lambda: node.request("GET", "/readyz").ok, "the node to answer again")
        through(account, node).wait_for("while the database was away")
    eventually(lambda: stream.states(account), "the gap to be told on the event stream")
    mailbox.append(letter("and after"))
    through(account, other).wait_for("and after")
    assert other.json("check")["problems"] == []


def test_keys_change_on_every_node(cluster, mailbox):
    account = connected(cluster, mailbox)
    holder, other = cluster.holder(account)
    other.run("key", "rotate")
    # The holder signs in anew with what the new key opens; its own folder still has the old master key.
    for node in (holder, other):
        node.post(f"/api/v1/accounts/{account.id}/pause")
        node.post(f"/api/v1/accounts/{account.id}/resume")
        subject = f"after the change {cluster.nodes.index(node)}"
        mailbox.append(letter(subject))
        through(account, holder).wait_for(subject)
    cluster.nodes[0].stop()
    cluster.nodes[1].stop()
    shutil.copy(other.data / "master.key", holder.data / "master.key")
    holder.serve()
    mailbox.append(letter("after a restart"))
    through(account, holder).wait_for("after a restart")
