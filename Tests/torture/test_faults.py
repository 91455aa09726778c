"""Everything else that goes wrong: lines cut anywhere, servers that stop, clocks that jump, UIDVALIDITY, quotas of the server.

Each ends the same way: server and store agree message by message, nothing was sent twice, and `postroom check` finds nothing.
"""
import contextlib
import glob
import json
import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from agreement import difference, outbox_problems
from support.bed import eventually
from support.letters import letter
from world import Follower, Person, Server

SEED = int(os.environ.get("POSTROOM_TORTURE_SEED") or random.SystemRandom().randrange(1 << 31))


def expect_agreement(account, mailbox, recipient, person=None, follower=None):
    eventually(lambda: account.phase() == "upToDate", "the account to be up to date", 120)
    problems, figures = outbox_problems(account, mailbox, recipient, person.tried if person else [])
    problems += difference(mailbox, account)
    if follower:
        problems += follower.compare()
    found = account.postroom.command("check", "--json")
    if found.returncode:
        problems.append(found.stdout)
    assert not problems, f"seed {SEED}: {problems}"
    return figures


@pytest.fixture
def busy(own_postroom, bed, mailbox, other_mailbox):
    """A server behind the fault proxy, with mail that moves and a person who sends."""
    for number in range(30):
        mailbox.append(letter(f"before {number}"))
    server = own_postroom.serve()
    account = server.connect(mailbox, server.provider(ports=("proxy_imaps", "proxy_submissions")))
    follower = Follower(account)
    follower.follow()
    actors = [Server(mailbox, SEED, 0.1), Person(account, other_mailbox, SEED + 1, 0.2)]
    for actor in actors:
        actor.start()

    class Busy:
        postroom, person, recipient = server, actors[1], other_mailbox

        def end(self):
            for actor in actors:
                actor.stop()
            return expect_agreement(account, mailbox, other_mailbox, actors[1], follower)
    Busy.account = account
    yield Busy()
    for actor in actors:
        actor.over.set()


def test_lines_cut_at_any_octet(busy, bed):
    chance = random.Random(SEED)
    try:
        for _ in range(40):
            for name in ("imaps", "submissions"):
                direction = chance.choice(["up", "down"])
                bed.proxy(name, set={"cut_after": {direction: int(chance.choice([300, 3000, 30000]) * chance.random())}})
                if chance.random() < 0.5:
                    bed.proxy(name, cut=True)
            busy.postroom.post(f"{busy.account.path}/sync", user="admin")
            time.sleep(chance.random() * 0.8)
    finally:
        for name in ("imaps", "submissions"):
            bed.proxy(name, set={}, cut=True)
    busy.postroom.post(f"{busy.account.path}/sync", user="admin")
    figures = busy.end()
    assert figures["tried"], figures


def processes_of(bed, name):
    """The pids of a server of the bed and of everything below it."""
    pid = next(p["pid"] for p in json.loads(open(f"{bed.folder}/bed.json").read())["programs"] if p["name"] == name)
    found, parents = [pid], {}
    for entry in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = open(entry).read().rsplit(")", 1)[1].split()
            parents.setdefault(int(fields[1]), []).append(int(entry.split("/")[2]))
        except OSError:
            continue
    for parent in found:
        found += parents.get(parent, [])
    return found


def signal_all(pids, number):
    """To each that is still there: a process of a session may end between being listed and being signalled."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def test_the_mail_server_freezes_and_restarts(busy, bed):
    for _ in range(2):
        stopped = processes_of(bed, "dovecot")
        try:
            signal_all(stopped, signal.SIGSTOP)
            time.sleep(4)
        finally:
            signal_all(stopped, signal.SIGCONT)
        time.sleep(1)
        bed.servers("restart", "dovecot")
        time.sleep(2)
    busy.postroom.post(f"{busy.account.path}/sync", user="admin")
    # What Postfix could not deliver meanwhile waits in its queue, not in ours: at once instead of in five minutes.
    for _ in range(3):
        subprocess.run(["postqueue", "-c", f"{bed.folder}/postfix/etc", "-f"], check=True)
        time.sleep(2)
    busy.end()


def test_uidvalidity_changes_in_the_middle(own_postroom, bed, mailbox, other_mailbox):
    for number in range(400):
        mailbox.append(letter(f"letter {number}", "text " * 200))
    server = own_postroom.serve()
    account = server.connect(mailbox, caught_up=False)
    chance = random.Random(SEED)
    for step in range(4):
        time.sleep(chance.random() * 1.5)
        bed.doveadm("mailbox", "update", "-u", mailbox.address, "--uid-validity", str(2_000_000_000 + step), "INBOX")
        # Connections that have the folder open are told to go, as a server does that rebuilds a folder.
        subprocess.run([*bed._doveadm, "kick", mailbox.address], capture_output=True)
        mailbox.append(letter(f"meanwhile {step}"))
        server.post(f"{account.path}/sync", user="admin")
    account.wait_for("meanwhile 3")
    expect_agreement(account, mailbox, other_mailbox)
    ids = {email["subject"]: email["id"] for email in account.emails()}
    bed.doveadm("mailbox", "update", "-u", mailbox.address, "--uid-validity", "2000000100", "INBOX")
    subprocess.run([*bed._doveadm, "kick", mailbox.address], capture_output=True)
    mailbox.append(letter("last"))
    server.post(f"{account.path}/sync", user="admin")
    account.wait_for("last")
    expect_agreement(account, mailbox, other_mailbox)
    now = {email["subject"]: email["id"] for email in account.emails()}
    assert {subject: now[subject] for subject in ids if subject in now} == {s: i for s, i in ids.items() if s in now}


def test_a_full_mailbox_refuses_the_copy_in_sent(own_postroom, bed, other_mailbox):
    full = bed.user("full")
    bed.doveadm("expunge", "-u", full.address, "mailbox", "*", "all")
    server = own_postroom.serve()
    account = server.connect(full)
    sent = [account.send(other_mailbox.address, f"large {n}", attachments=[("a.bin", os.urandom(70_000))]) for n in range(3)]
    for submission in sent:
        account.outcome(submission, "sent")
    assert sorted(s for s in other_mailbox.subjects() if s.startswith("large")) == ["large 0", "large 1", "large 2"]
    # What the server refused to keep is kept here: nothing that was sent is lost.
    eventually(lambda: {e["subject"] for e in account.emails("sent")} == {"large 0", "large 1", "large 2"}, "all three in Sent")
    assert server.json("check")["problems"] == []
    bed.doveadm("expunge", "-u", full.address, "mailbox", "*", "all")


@pytest.fixture
def stepping(own_postroom, tmp_path):
    """`step(SECONDS)` sets the server's clock that far off; time itself goes on (monotonic clocks are left alone)."""
    library, file = tmp_path / "clock.so", tmp_path / "clock"
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    file.write_text("0\n")
    own_postroom.environment = {**os.environ, "LD_PRELOAD": str(library), "POSTROOM_TEST_CLOCK": str(file)}

    def step(seconds):
        # Whole at once: a half-written time would be another step.
        (tmp_path / "clock.new").write_text(f"{seconds}\n")
        os.replace(tmp_path / "clock.new", file)
    return step


def test_the_clock_jumps(own_postroom, mailbox, other_mailbox, stepping):
    for number in range(20):
        mailbox.append(letter(f"before {number}"))
    server = own_postroom.serve()
    account = server.connect(mailbox)
    actors = [Server(mailbox, SEED, 0.1), Person(account, other_mailbox, SEED + 1, 0.3)]
    for actor in actors:
        actor.start()
    try:
        for seconds in (3600, -3600, 86_400 * 40, -86_400 * 400, 7, 0):
            stepping(seconds)
            time.sleep(3)
    finally:
        for actor in actors:
            actor.stop()
    server.post(f"{account.path}/sync", user="admin")
    figures = expect_agreement(account, mailbox, other_mailbox, actors[1])
    assert figures["unknown"] == 0 and figures["accepted"] == figures["arrived"], figures


def test_killed_while_several_things_fail(busy, bed):
    """All of it at once, with kills in between."""
    chance = random.Random(SEED)
    over = threading.Event()

    def cut():
        while not over.is_set():
            bed.proxy(chance.choice(["imaps", "submissions"]), cut=True)
            time.sleep(chance.random())
    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        for _ in range(8):
            time.sleep(chance.random() * 3)
            busy.postroom.kill()
            busy.postroom.serve()
    finally:
        over.set()
        cutting.join()
    busy.postroom.post(f"{busy.account.path}/sync", user="admin")
    busy.end()
