"""What happens on the server is seen here, what is done here reaches the server, and an Email keeps its id through all of it."""
import re
import time

import requests

from support.bed import eventually
from support.letters import deliver, letter
from support.postroom import PASSWORD


def on_server(mailbox, subject, folder="INBOX"):
    return next((message for message in mailbox.messages(folder) if message["subject"] == subject), None)


def test_what_was_there_before(postroom, mailbox):
    # A second apart: of those of one second the order is anybody's.
    now = time.time()
    for number in range(120):
        mailbox.append(letter(f"old {number}"), date=now - 120 + number)
    mailbox.append(letter("filed"), folder="Archive")
    account = postroom.connect(mailbox)
    newest_first = [email["subject"] for email in account.emails()]
    assert newest_first[:3] == ["old 119", "old 118", "old 117"]
    assert account.call(("Mailbox/get", {"ids": [account.folders()["inbox"]]}))[0]["list"][0]["totalEmails"] == 120
    assert account.find("filed", "archive")


def test_a_wider_history_window_brings_older_mail(postroom, mailbox):
    now = time.time()
    for days in (200, 60, 1):
        mailbox.append(letter(f"{days} days old"), date=now - days * 86_400)
    account = postroom.connect(mailbox, historyDays=30)
    assert [email["subject"] for email in account.emails()] == ["1 days old"]
    kept = account.find("1 days old")["id"]

    postroom.request("PATCH", account.path, {"historyDays": 90})
    account.wait_for("60 days old")
    assert account.find("200 days old") is None
    postroom.request("PATCH", account.path, {"historyDays": None})
    account.wait_for("200 days old")
    assert account.find("1 days old")["id"] == kept


def test_special_folders_and_folders_with_other_letters(postroom, mailbox, bed):
    bed.doveadm("mailbox", "create", "-u", mailbox.address, "Клиенты/Москва")
    account = postroom.connect(mailbox)
    folders = account.folders()
    assert {"inbox", "sent", "drafts", "trash", "junk", "archive", "Москва"} <= set(folders)


def test_a_new_message_arrives_by_itself_and_the_event_source_says_so(postroom, mailbox):
    account = postroom.connect(mailbox)
    url = account.session()["eventSourceUrl"]
    for key, value in {"types": "*", "closeafter": "no", "ping": "0"}.items():
        url = url.replace("{" + key + "}", value)
    url = url if url.startswith("http") else postroom.url + url
    with requests.get(url, auth=("admin", PASSWORD), stream=True, timeout=60) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        deliver(mailbox, "fresh")
        lines = stream.iter_lines(decode_unicode=True)
        assert next(line for line in lines if line.startswith("data:") and account.jmap_id in line and "Email" in line)
    email = account.wait_for("fresh")
    assert "$seen" not in email["keywords"]


def test_flags_both_ways(postroom, mailbox):
    mailbox.append(letter("flags"))
    account = postroom.connect(mailbox)
    email = account.wait_for("flags")

    account.update(email["id"], **{"keywords/$seen": True, "keywords/$flagged": True})
    eventually(lambda: {"\\Seen", "\\Flagged"} <= set(on_server(mailbox, "flags")["flags"]), "the flags on the server")

    with mailbox.imap() as imap:
        imap.uid("STORE", str(on_server(mailbox, "flags")["uid"]), "-FLAGS", "(\\Seen)")
        imap.uid("STORE", str(on_server(mailbox, "flags")["uid"]), "+FLAGS", "(\\Answered)")
    seen = account.wait_for("flags", where=lambda email: "$answered" in email["keywords"])
    assert "$seen" not in seen["keywords"] and "$flagged" in seen["keywords"]
    assert seen["id"] == email["id"]


def test_moves_both_ways(postroom, mailbox):
    for subject in ("moved here", "moved there"):
        mailbox.append(letter(subject))
    account = postroom.connect(mailbox)
    here, there = account.wait_for("moved here"), account.wait_for("moved there")

    account.move(here["id"], "archive")
    eventually(lambda: on_server(mailbox, "moved here", "Archive"), "the message in Archive on the server")
    assert not on_server(mailbox, "moved here")
    assert account.find("moved here", "archive")["id"] == here["id"]

    with mailbox.imap() as imap:
        imap.uid("MOVE", str(on_server(mailbox, "moved there")["uid"]), "Archive")
    account.postroom.post(f"{account.path}/sync")
    assert account.wait_for("moved there", "archive")["id"] == there["id"]
    assert not account.find("moved there")


def test_deletion_both_ways(postroom, mailbox):
    for subject in ("deleted here", "deleted there"):
        mailbox.append(letter(subject))
    account = postroom.connect(mailbox)
    here = account.wait_for("deleted here")
    answer = account.call(("Email/set", {"destroy": [here["id"]]}))[0]
    assert answer["destroyed"] == [here["id"]]
    eventually(lambda: not on_server(mailbox, "deleted here"), "the message to go from the server")

    with mailbox.imap() as imap:
        imap.uid("STORE", str(on_server(mailbox, "deleted there")["uid"]), "+FLAGS", "(\\Deleted)")
        imap.expunge()
    eventually(lambda: not account.find("deleted there"), "the message to go from here")


def test_a_draft_reaches_the_server(postroom, mailbox):
    account = postroom.connect(mailbox)
    drafts = account.folders()["drafts"]
    account.call(("Email/set", {"create": {"a": {
        "mailboxIds": {drafts: True}, "keywords": {"$draft": True}, "from": [{"email": mailbox.address}], "subject": "half a thought",
        "bodyValues": {"1": {"value": "Dear"}}, "textBody": [{"partId": "1", "type": "text/plain"}]}}}))
    draft = mailbox.wait_for("half a thought", "Drafts")
    assert "\\Draft" in draft["flags"]
    assert [email["subject"] for email in account.emails("drafts")] == ["half a thought"]


def test_nothing_is_marked_or_moved_by_importing(postroom, mailbox):
    mailbox.append(letter("untouched"))
    account = postroom.connect(mailbox)
    account.wait_for("untouched")
    account.get(account.find("untouched")["id"])
    assert "\\Seen" not in on_server(mailbox, "untouched")["flags"]


def test_the_uidvalidity_changes(postroom, bed, mailbox):
    for number in range(5):
        mailbox.append(letter(f"kept {number}"))
    account = postroom.connect(mailbox)
    before = {email["subject"]: email["id"] for email in account.emails()}
    assert len(before) == 5
    bed.doveadm("mailbox", "update", "-u", mailbox.address, "--uid-validity", "987654321", "INBOX")
    bed.doveadm("kick", mailbox.address)
    deliver(mailbox, "after the change")
    account.wait_for("after the change")
    after = {email["subject"]: email["id"] for email in account.emails()}
    assert len(account.emails()) == 6
    assert {subject: after[subject] for subject in before} == before


def test_the_server_restarts_underneath(postroom, bed, mailbox):
    account = postroom.connect(mailbox)
    bed.servers("restart", "dovecot")
    deliver(mailbox, "after the restart")
    assert account.wait_for("after the restart")
    assert account.phase() == "upToDate"


def test_a_stalled_server_holds_up_only_its_own_account(postroom, bed, mailbox, other_mailbox):
    stalled = postroom.connect(mailbox, postroom.provider(ports=("proxy_imaps", "submissions")))
    healthy = postroom.connect(other_mailbox)
    with bed.fault("imaps", silent=True):
        bed.proxy("imaps", cut=True, set={"silent": True})
        deliver(other_mailbox, "unhurt")
        assert healthy.wait_for("unhurt")
    bed.proxy("imaps", cut=True)
    deliver(mailbox, "caught up")
    assert stalled.wait_for("caught up")


def test_paused_and_resumed(postroom, mailbox):
    account = postroom.connect(mailbox)
    assert postroom.post(f"{account.path}/pause")["status"]["phase"] == "paused"
    deliver(mailbox, "meanwhile")
    mailbox.wait_for("meanwhile")
    postroom.post(f"{account.path}/resume")
    assert account.wait_for("meanwhile")


def test_removing_an_account_leaves_the_server_alone(postroom, mailbox):
    mailbox.append(letter("stays"))
    account = postroom.connect(mailbox)
    postroom.delete(account.path)
    assert mailbox.subjects() == ["stays"]
    assert postroom.request("GET", account.path).status_code == 404


def named(commands):
    """The names of commands, `UID` and what is fetched with them."""
    return [re.sub(r"^(UID FETCH|UID SEARCH|[A-Z]+)\b.*$", r"\1", command) for command in commands]


def test_the_first_screen_takes_six_commands_however_large_the_mailbox(own_postroom, mailbox):
    for number in range(130):
        mailbox.append(letter(f"letter {number}"))
    own_postroom.add_account(mailbox)
    with mailbox.conversation() as commands:
        told = own_postroom.json("sync", mailbox.address, "--first-screen")
    assert told["added"] == told["sources"] == 50
    assert named(commands) == ["ENABLE", "SELECT", "UID FETCH", "UID FETCH", "UID FETCH", "LOGOUT"]


def test_a_mailbox_where_nothing_has_changed_costs_one_round_trip_and_its_quota(own_postroom, mailbox, bed):
    for folder in (f"{time.time_ns()}-{number}" for number in range(20)):
        bed.doveadm("mailbox", "create", "-u", mailbox.address, folder)
        mailbox.append(letter(folder), folder=folder)
    own_postroom.add_account(mailbox)
    with mailbox.conversation() as commands:
        assert own_postroom.json("sync", mailbox.address)["added"] == 20
    assert named(commands).count("GETQUOTAROOT") == 1
    with mailbox.conversation() as commands:
        told = own_postroom.json("sync", mailbox.address)
    assert told["added"] == 0
    # The first three go out in one write.
    assert named(commands) == ["ENABLE", "SELECT", "LIST", "GETQUOTAROOT", "LOGOUT"]


def test_mail_that_another_program_moved_is_not_fetched_again(own_postroom, mailbox):
    for number in range(80):
        mailbox.append(letter(f"letter {number}"))
    own_postroom.add_account(mailbox)
    own_postroom.json("sync", mailbox.address)
    with mailbox.imap() as connection:
        folder = f"filed-{time.time_ns()}"
        connection.create(folder)
        oldest = b",".join(connection.uid("SEARCH", "ALL")[1][0].split()[:70]).decode()
        assert connection.uid("MOVE", oldest, folder)[0] == "OK"
    with mailbox.conversation() as commands:
        told = own_postroom.json("sync", mailbox.address)
    assert (told["added"], told["removed"], told["sources"]) == (70, 70, 0)
    assert not any("BODY.PEEK[]" in command for command in commands)
