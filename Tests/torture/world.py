"""What goes on around a Postroom under torture: a server where mail arrives, moves, is flagged and removed, and a person who works on it."""
import imaplib
import random
import threading
import time

import requests

from support.letters import letter


class Actor(threading.Thread):
    """Does one random thing after another until told to stop; what fails because somebody was killed is simply over."""

    def __init__(self, seed, pause):
        super().__init__(daemon=True)
        self.random, self.pause, self.over, self.done, self.failed = random.Random(seed), pause, threading.Event(), 0, 0

    def run(self):
        while not self.over.is_set():
            try:
                self.act()
                self.done += 1
            except (OSError, imaplib.IMAP4.error, requests.RequestException, AssertionError, KeyError, StopIteration, ValueError):
                self.failed += 1
                self.recover()
            time.sleep(self.random.uniform(0.2, 1.8) * self.pause)

    def recover(self):
        pass

    def stop(self):
        self.over.set()
        self.join()


class Server(Actor):
    """The mailbox as other programs change it."""

    FOLDERS = ["INBOX", "Archive"]

    def __init__(self, mailbox, seed, pause=0.15):
        super().__init__(seed, pause)
        self.mailbox, self.imap, self.number = mailbox, None, 0

    def connection(self):
        if not self.imap:
            self.imap = imaplib.IMAP4("127.0.0.1", self.mailbox.bed.ports["imap"])
            self.imap.login(self.mailbox.login, self.mailbox.password)
            self.imap.create("Archive")
        return self.imap

    def recover(self):
        self.imap = None

    def act(self):
        imap = self.connection()
        folder = self.random.choice(self.FOLDERS)
        imap.select(folder)
        uids = imap.uid("SEARCH", "ALL")[1][0].split()
        kind = self.random.choices(["arrive", "move", "flag", "remove"], [5, 2, 3, 2 if len(uids) > 60 else 0.3])[0]
        if kind == "arrive" or not uids:
            for _ in range(self.random.choice([1, 1, 1, 5])):
                self.number += 1
                subject = f"arrival {self.number}"
                # Some are alike but for their copies: the same Message-ID twice in one folder.
                imap.append("INBOX", None, None, letter(subject, "text " * self.random.choice([3, 300, 9000])).replace("\n", "\r\n").encode())
            return
        picked = b",".join(self.random.sample(uids, min(len(uids), self.random.choice([1, 1, 3, 10])))).decode()
        if kind == "move":
            imap.uid("MOVE", picked, "Archive" if folder == "INBOX" else "INBOX")
        elif kind == "flag":
            flag = self.random.choice(["\\Seen", "\\Flagged", "\\Answered"])
            imap.uid("STORE", picked, self.random.choice(["+FLAGS", "-FLAGS"]), f"({flag})")
        else:
            imap.uid("STORE", picked, "+FLAGS", "(\\Deleted)")
            imap.uid("EXPUNGE", picked)


class Person(Actor):
    """Somebody who sends, flags and moves mail through Postroom's API."""

    def __init__(self, account, recipient, seed, pause=0.12):
        super().__init__(seed, pause)
        self.account, self.recipient, self.number = account, recipient, 0
        self.tried = []

    def act(self):
        if not self.account.postroom.is_running():
            raise OSError("nobody serves")
        kind = self.random.choices(["send", "flag", "move"], [3, 3, 2])[0]
        if kind == "send":
            self.number += 1
            self.tried.append(f"sent {self.number}")
            self.account.send(self.recipient.address, f"sent {self.number}")
            return
        folders = self.account.folders()
        email = self.random.choice(self.account.emails() or [None])
        if not email:
            return
        if kind == "flag":
            self.account.update(email["id"], **{"keywords/$flagged": self.random.choice([True, None])})
        else:
            self.account.update(email["id"], mailboxIds={folders["Archive"]: True})


class Follower:
    """A client that knows what is there from `/changes` alone. What it is told twice or not at all is a fault."""

    def __init__(self, account):
        self.account, self.state, self.known, self.problems = account, None, {}, []

    def _get(self, ids):
        found = {}
        for start in range(0, len(ids), 200):
            answer = self.account.call(("Email/get", {"ids": ids[start:start + 200], "properties": ["id", "mailboxIds", "keywords"]}))[0]
            found |= {email["id"]: (sorted(email["mailboxIds"]), sorted(email["keywords"])) for email in answer["list"]}
        return found

    def everything(self):
        """What is there by asking for all of it, and the state that it has."""
        ids, state = [], None
        while True:
            query, = self.account.call(("Email/query", {"position": len(ids), "limit": 500, "sort": [{"property": "receivedAt"}]}))
            ids += query["ids"]
            if len(query["ids"]) < 500:
                break
        state = self.account.call(("Email/get", {"ids": []}))[0]["state"]
        return self._get(ids), state

    def follow(self):
        if self.state is None:
            self.state = self.account.call(("Email/get", {"ids": []}))[0]["state"]
            self.known, _ = self.everything()
            # What changed meanwhile is told by the next look.
            return
        while True:
            told, = self.account.call(("Email/changes", {"sinceState": self.state, "maxChanges": 50}))
            created, updated, destroyed = (set(told[kind]) for kind in ("created", "updated", "destroyed"))
            now = self._get(sorted(created | updated))
            for email_id in destroyed:
                self.known.pop(email_id, None)
            self.known |= now
            for email_id in (created | updated) - set(now):
                self.known.pop(email_id, None)
            if int(told["newState"].strip("\"")) < int(self.state.strip("\"")) if told["newState"].isdigit() else False:
                self.problems.append(f"the state went back from {self.state} to {told['newState']}")
            self.state = told["newState"]
            if not told["hasMoreChanges"]:
                return

    def compare(self):
        """At rest: what it knows must be what is there."""
        self.follow()
        there, _ = self.everything()
        for email_id in sorted(set(there) | set(self.known)):
            if there.get(email_id) != self.known.get(email_id):
                self.problems.append(f"{email_id}: told {self.known.get(email_id)}, is {there.get(email_id)}")
        return self.problems
