"""Backup, restore, check, vacuum, moving between databases and change of keys, on a server that is at work."""
import json
import os
import shutil
import sqlite3
import subprocess
import threading

import pytest

from support.bed import eventually
from support.letters import letter
from support.postroom import BINARY, Postroom


@pytest.fixture(params=["sqlite", "postgres"])
def serving(request, bed, tmp_path, mailbox):
    """A server with one mailbox of 40 messages."""
    database = request.getfixturevalue("postgres").database() if request.param == "postgres" else None
    server = Postroom(bed, tmp_path / "data", database)
    server.add_user("admin", "--admin")
    for number in range(40):
        mailbox.append(letter(f"letter {number}", f"walrus{number} text"))
    server.serve()
    server.account = server.connect(mailbox)
    yield server
    if server.is_running():
        server.kill()


def subjects(account):
    return sorted(email["subject"] for email in account.emails())


def test_a_backup_while_mail_comes_in_restores_to_a_working_server(serving, mailbox, tmp_path):
    over = threading.Event()

    def keep_delivering():
        number = 0
        while not over.is_set():
            mailbox.append(letter(f"meanwhile {number}"))
            number += 1
    delivering = threading.Thread(target=keep_delivering)
    delivering.start()
    try:
        told = serving.json("backup", tmp_path / "backup")
    finally:
        over.set()
        delivering.join()
    assert told["emails"] >= 40 and not told["includesKey"] and told["accounts"] == 1
    names = subprocess.run(["tar", "-tf", tmp_path / "backup"], capture_output=True, text=True, check=True).stdout.split()
    assert names[0] == "manifest.json" and "postroom.db" in names and "master.key" not in names
    assert oct((tmp_path / "backup").stat().st_mode)[-3:] == "600"
    assert serving.command("backup", tmp_path / "backup").returncode == 65
    key = tmp_path / "kept.key"
    shutil.copy(serving.data / "master.key", key)
    serving.stop()

    restored = Postroom(serving.bed, tmp_path / "restored")
    refused = restored.command("restore", tmp_path / "backup")
    assert refused.returncode == 77 and "--key-file" in refused.stderr and not restored.data.exists()
    assert restored.json("restore", tmp_path / "backup", "--key-file", key)["emails"] == told["emails"]
    assert restored.command("restore", tmp_path / "backup", "--key-file", key).returncode == 65
    assert restored.json("check")["problems"] == []
    restored.serve()
    try:
        serving.account.postroom = restored
        # The password opens: the mailbox is mirrored on, to what came in after the backup.
        mailbox.append(letter("after the restore"))
        serving.account.wait_for("after the restore")
        assert len(subjects(serving.account)) == len(mailbox.subjects())
    finally:
        restored.stop()


def test_a_restore_sends_nothing_twice(serving, bed, other_mailbox, tmp_path):
    sender = serving.connect(bed.fresh_mailbox(), serving.provider(ports=("proxy_imaps", "proxy_submissions")))
    bed.proxy("submissions", set={"refuse": True})
    try:
        submission = sender.send(other_mailbox.address, "once only")
        eventually(lambda: sender.submission(submission)["diagnosis"], "a first attempt")
        serving.json("backup", tmp_path / "backup", "--include-key")
    finally:
        bed.proxy("submissions", set={})
    sender.outcome(submission, "sent")
    # Postfix has it; Dovecot gets it a moment later.
    eventually(lambda: other_mailbox.subjects().count("once only") == 1, "the message in the other mailbox")
    serving.stop()
    restored = Postroom(bed, tmp_path / "restored")
    restored.run("restore", tmp_path / "backup")
    restored.serve()
    try:
        sender.postroom = restored
        assert sender.outcome(submission, "sent", "unknown")
        assert other_mailbox.subjects().count("once only") == 1
    finally:
        restored.stop()


def test_check_names_the_damage_and_fails(serving, tmp_path):
    assert serving.json("check")["problems"] == []
    if serving.database:
        return
    serving.stop()
    with sqlite3.connect(serving.data / "postroom.db") as database:
        database.execute("UPDATE mailboxes SET unread_emails = unread_emails + 7")
    found = serving.command("check", "--json")
    assert found.returncode == 1
    assert any("mailbox counts" in problem for problem in json.loads(found.stdout)["problems"])
    assert serving.command("backup", tmp_path / "b").returncode == 1 and not (tmp_path / "b").exists()


def test_vacuum_while_serving(serving):
    for email in serving.account.emails()[:30]:
        serving.account.call(("Email/set", {"destroy": [email["id"]]}))
    told = serving.json("vacuum")
    assert 0 < told["bytesAfter"]
    assert serving.json("check")["problems"] == []
    assert len(subjects(serving.account)) == 10


def test_moving_to_the_other_database_and_back(bed, mailbox, tmp_path, postgres):
    server = Postroom(bed, tmp_path / "data")
    server.add_user("admin", "--admin")
    for number in range(30):
        mailbox.append(letter(f"letter {number}", f"walrus{number} text"))
    server.serve()
    account = server.connect(mailbox)
    url = postgres.database()
    busy = server.command("migrate", "--to", url)
    assert busy.returncode == 1 and "end it first" in busy.stderr
    before = [(email["id"], email["subject"]) for email in account.emails()]
    server.stop()
    told = server.json("migrate", "--to", url)
    assert told["tables"]["emails"] == 30 and told["tables"]["accounts"] == 1
    assert server.command("migrate", "--to", url).returncode == 65

    server.database = url
    server.serve()
    assert [(email["id"], email["subject"]) for email in account.emails()] == before
    mailbox.append(letter("in PostgreSQL"))
    account.wait_for("in PostgreSQL")
    assert "letter 17" in server.run("mail", "search", mailbox.address, "walrus17", "--json")
    running = server.command("migrate", "--to", f"sqlite:{tmp_path / 'back'}")
    assert running.returncode == 1 and not (tmp_path / "back" / "postroom.db").exists()
    server.stop()
    assert server.json("migrate", "--to", f"sqlite:{tmp_path / 'back'}")["tables"]["emails"] == 31
    back = Postroom(bed, tmp_path / "back")
    back.serve()
    try:
        account.postroom = back
        mailbox.append(letter("back again"))
        account.wait_for("back again")
        assert len(account.emails()) == 32
        assert back.json("check")["problems"] == []
    finally:
        back.stop()


def test_keys_change_while_mail_is_read(serving, mailbox, tmp_path):
    old = tmp_path / "old.key"
    shutil.copy(serving.data / "master.key", old)
    assert serving.json("key", "rotate") == {"secrets": 1, "unreadable": 0}
    assert (serving.data / "master.key").read_text() != old.read_text()
    assert not (serving.data / "master.key.new").exists()
    assert serving.json("check")["problems"] == []
    # The running server signs in with what the new key opens.
    serving.post(f"/api/v1/accounts/{serving.account.id}/pause")
    serving.post(f"/api/v1/accounts/{serving.account.id}/resume")
    mailbox.append(letter("after the change"))
    serving.account.wait_for("after the change")
    serving.stop()
    new = (serving.data / "master.key").read_text()
    shutil.copy(old, serving.data / "master.key")
    refused = serving.command("account", "list")
    assert refused.returncode == 77, refused.stderr
    (serving.data / "master.key").write_text(new)
    serving.serve()
    mailbox.append(letter("after a restart"))
    serving.account.wait_for("after a restart")


def test_a_key_from_the_environment_is_changed_by_its_owner(own_postroom, tmp_path):
    def key():
        return subprocess.run(["openssl", "rand", "-base64", "32"], capture_output=True, text=True, check=True).stdout.strip()
    server = Postroom(own_postroom.bed, tmp_path / "other")
    server.environment = {**os.environ, "POSTROOM_MASTER_KEY": key()}
    server.add_user("admin", "--admin")
    assert not (server.data / "master.key").exists()
    refused = server.command("key", "rotate")
    assert refused.returncode == 65 and "--new-key-file" in refused.stderr
    file = tmp_path / "new.key"
    file.write_text(key())
    server.run("key", "rotate", "--new-key-file", file)
    assert server.command("user", "list").returncode == 77
    server.environment["POSTROOM_MASTER_KEY"] = file.read_text()
    server.run("user", "list")


def killed_again_and_again(server, target):
    """`migrate` with kill -9 at later and later moments, until one run is left alone; how many died in the middle, and the last run."""
    died = 0
    for moment in [0.05 * number for number in range(1, 40)] + [120]:
        process = subprocess.Popen([BINARY, *server.options(), "migrate", "--to", target, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            output, words = process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            died += 1
            continue
        return died, process.returncode, output, words
    raise AssertionError("never left alone")


def test_a_move_that_is_killed_is_repeated_without_harm(bed, mailbox, tmp_path, postgres):
    """All of it arrives or nothing: whatever a run left behind, the next one does the whole work."""
    server = Postroom(bed, tmp_path / "data")
    server.add_user("admin", "--admin")
    for number in range(40):
        mailbox.append(letter(f"letter {number}", f"walrus{number} " * 5000))
    server.serve()
    account = server.connect(mailbox)
    before = [(email["id"], email["subject"]) for email in account.emails()]
    server.stop()
    url = postgres.database()
    died, code, output, words = killed_again_and_again(server, url)
    # 65: one that was killed had just finished.
    assert died and code in (0, 65), words
    assert code or json.loads(output)["tables"]["emails"] == 40
    # A run that had finished says so, and changes nothing.
    again = server.command("migrate", "--to", url)
    assert again.returncode == 65 and "PostgreSQL" in again.stderr

    server.database = url
    back = tmp_path / "back"
    died, code, output, words = killed_again_and_again(server, f"sqlite:{back}")
    assert died and code in (0, 65), words
    assert sorted(path.name for path in back.iterdir() if "partial" in path.name) == []
    home = Postroom(bed, back)
    home.serve()
    try:
        account.postroom = home
        assert [(email["id"], email["subject"]) for email in account.emails()] == before
        assert home.json("check")["problems"] == []
    finally:
        home.kill()
