"""Bounds: an account's quota, and a disk that is full for a while."""
import os
import subprocess
import time

import pytest

from support.bed import eventually
from support.letters import letter
from support.postgres import PostgresServer
from support.postroom import Postroom


def diagnosis(account):
    return (account.told()["status"]["diagnosis"] or {}).get("code")


def test_a_quota_holds_mail_back_until_it_is_raised(own_postroom, mailbox):
    server = own_postroom.serve()
    for number in range(10):
        mailbox.append(letter(f"letter {number}"))
    account = server.connect(mailbox)
    path = f"/api/v1/accounts/{account.id}/quota"
    assert server.get(path)["emails"] == 10
    assert server.patch(path, {"maxEmails": 12})["isOwn"]
    assert server.request("PATCH", path, {"maxEmails": 12}, user="member").status_code in (403, 404)
    for number in range(5):
        mailbox.append(letter(f"more {number}"))
    eventually(lambda: diagnosis(account) == "storage-quota-reached", "the account to say that it is full")
    assert account.phase() == "needsAttention" and 10 <= len(account.emails()) <= 12
    for _ in range(3):
        refused = account.call(("Email/set", {"create": {"a": {"mailboxIds": {account.folders()["inbox"]: True}, "subject": "x"}}}))[0]
    assert refused["notCreated"]["a"]["type"] == "overQuota", refused
    assert "12 emails" in server.run("account", "quota", mailbox.address)
    server.run("account", "quota", mailbox.address, "--max-emails", "none")
    account.wait_for("more 4")
    eventually(lambda: account.phase() == "upToDate", "the account to be up to date")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 200 MB for the data folder. Where mounting is not allowed the test can't be done, and fails."""
    folder = tmp_path / "disk"
    folder.mkdir()
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    options = f"size=200m,mode=0755,uid={os.geteuid()}"
    mounted = subprocess.run([*sudo, "mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True)
    assert mounted.returncode == 0, f"a tmpfs is needed for this test, and mounting needs root: {mounted.stderr}"
    yield folder
    subprocess.run([*sudo, "umount", "-l", folder], check=True)


class Filling:
    """A disk that fills: with ballast, and with mail of 200 KB that does not deflate. `room`: octets that are left to fill."""

    def __init__(self, account, mailbox, disk, room):
        self.account, self.mailbox, self.room = account, mailbox, room
        self.ballast, self.sent = disk / "ballast", 0

    def is_over(self):
        """Takes what the store has given back meanwhile (its log shrinks), and sends one more."""
        if diagnosis(self.account) == "disk-full":
            return True
        left = self.room()
        if left > 0:
            with self.ballast.open("ab") as file:
                file.write(b"x" * left)
        if self.sent < 60:
            noise = subprocess.run(["openssl", "rand", "-base64", "150000"], capture_output=True, text=True).stdout
            self.mailbox.append(letter(f"large {self.sent}", noise))
            self.sent += 1
        return False


def test_a_full_disk_stops_mail_cleanly_and_it_comes_when_there_is_room(bed, mailbox, other_mailbox, small_disk):
    server = Postroom(bed, small_disk / "data")
    server.add_user("admin", "--admin")
    server.serve()
    try:
        mailbox.append(letter("before"))
        account = server.connect(mailbox)
        filling = Filling(account, mailbox, small_disk, lambda: server.get("/api/v1/health")["database"]["freeBytes"] - (33 << 20))
        eventually(filling.is_over, "the account to say that the disk is full", 60)
        assert server.request("GET", "/healthz").text == "degraded: disk-full\n"
        health = server.get("/api/v1/health")
        assert health["status"] == "degraded" and health["problems"][0]["code"] == "disk-full" and health["fullSince"]
        assert "postroom_store_full 1" in server.request("GET", "/metrics").text
        # Reading goes on, and so does what must be written: a flag, a message that is sent.
        assert account.find("before")
        account.update(account.find("before")["id"], **{"keywords/$flagged": True})
        uploaded = server.request("POST", f"/jmap/upload/{account.jmap_id}/", {"x": 1})
        assert uploaded.status_code == 507 or "disk" in uploaded.text
        for _ in range(3):
            assert server.is_running() and server.request("GET", "/readyz").ok
            time.sleep(0.5)
        filling.ballast.unlink()
        account.wait_for(f"large {filling.sent - 1}")
        eventually(lambda: account.phase() == "upToDate", "the account to be up to date", 60)
        assert server.request("GET", "/healthz").text == "ok\n"
        assert len(account.emails()) == filling.sent + 1
        assert server.json("check")["problems"] == []
    finally:
        server.kill()


def test_a_full_disk_of_postgresql_does_the_same(bed, mailbox, small_disk, tmp_path):
    """The database's disk is another machine's: only its refusals tell that it is full, and only writing that there is room again."""
    for parent in small_disk.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)  # PostgreSQL runs as a user of its own
    postgres = PostgresServer(disk=small_disk)
    server = Postroom(bed, tmp_path / "folder", database=postgres.database())
    server.add_user("admin", "--admin")
    server.serve()
    try:
        mailbox.append(letter("before"))
        account = server.connect(mailbox)
        room = lambda: os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize - (400 << 10)
        filling = Filling(account, mailbox, small_disk, room)
        eventually(filling.is_over, "the account to say that the database's disk is full", 60)
        assert server.request("GET", "/healthz").text == "degraded: disk-full\n"
        assert server.get("/api/v1/health")["problems"][0]["code"] == "disk-full"
        assert "postroom_store_full 1" in server.request("GET", "/metrics").text
        assert account.find("before")
        for _ in range(3):
            assert server.is_running() and server.request("GET", "/readyz").ok
            time.sleep(0.5)
        filling.ballast.unlink()
        account.wait_for(f"large {filling.sent - 1}")
        eventually(lambda: account.phase() == "upToDate", "the account to be up to date", 60)
        assert server.request("GET", "/healthz").text == "ok\n"
        assert len(account.emails()) == filling.sent + 1
        assert server.json("check")["problems"] == []
    finally:
        server.kill()
        postgres.remove()
