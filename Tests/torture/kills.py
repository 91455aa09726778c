"""The torture itself: kill -9 at random moments while everything moves."""
import random
import subprocess
import time

import requests

from agreement import difference, outbox_problems
from support.bed import eventually
from support.letters import letter
from support.postroom import BINARY, Postroom
from world import Follower, Person, Server


def torture(bed, folder, database, count, seed, say):
    """`count` kills; the problems that were found and figures of what went on."""
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    mailbox, recipient = (emptied_mailbox(bed, number) for number in chance.sample(range(200, 250), 2))
    for number in range(30):
        mailbox.append(letter(f"before {number}"))
    postroom = Postroom(bed, folder / "data", database)
    postroom.add_user("admin", "--admin")
    postroom.serve()
    account = postroom.connect(mailbox)
    follower = Follower(account)
    follower.follow()
    server, person = Server(mailbox, seed + 1), Person(account, recipient, seed + 2)
    server.start()
    person.start()
    looks = 0
    try:
        for kill in range(1, count + 1):
            time.sleep(chance.choice([0.2, 1, 3, 5]) * chance.random())
            postroom.kill()
            start(postroom, chance)
            if kill % 10 == 0:
                looks += 1
                try:
                    follower.follow()
                except (requests.RequestException, AssertionError) as problem:
                    say(f"a look failed: {problem}")
                say(f"{kill} kills, {server.done} changes on the server, {person.done} by the person, {len(person.tried)} to send")
    finally:
        server.stop()
        person.stop()
        if not postroom.is_running():
            postroom.serve()
    try:
        eventually(lambda: account.phase() == "upToDate", "the account to be up to date", 120)
        problems, sending = outbox_problems(account, mailbox, recipient, person.tried)
        problems += difference(mailbox, account)
        problems += follower.compare()
        found = postroom.command("check", "--json")
        if found.returncode:
            problems.append(f"check: {found.stdout}{found.stderr}")
        figures = {"serverChanges": server.done, "personChanges": person.done, "messages": len(follower.known), "looks": looks, **sending}
        return problems, figures
    finally:
        postroom.stop()


def start(postroom, chance):
    """Starts the server; one time in five it dies before it is ready, which is a kill that is not counted."""
    if chance.random() < 0.2:
        early = subprocess.Popen(
            [BINARY, *map(str, postroom.options()), "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.random())
        early.kill()
        early.wait()
    postroom.url = None
    postroom.serve()


def emptied_mailbox(bed, number):
    mailbox = bed.user(f"user{number}")
    bed.doveadm("expunge", "-u", mailbox.address, "mailbox", "*", "all")
    return mailbox
