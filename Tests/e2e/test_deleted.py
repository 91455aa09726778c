"""RFC 8621 §4.1.1: what another program has marked \\Deleted shows nowhere, and is the same Email again once the mark is taken off."""
import pytest

from support.bed import eventually
from support.letters import letter


@pytest.fixture(params=["dovecot", "courier"])
def place(request, postroom, bed):
    """A mailbox and how to connect it: at a server that tells what changed, and at one that can only be compared with."""
    if request.param == "dovecot":
        return bed.fresh_mailbox(), postroom.provider()
    return bed.courier_mailbox(), postroom.provider(ports=("courier_imaps", "submissions"))


def store(mailbox, subject, change, flags="(\\Deleted)"):
    uid = next(message["uid"] for message in mailbox.messages() if message["subject"] == subject)
    with mailbox.imap() as imap:
        assert imap.uid("STORE", str(uid), change, flags)[0] == "OK"


def look(account):
    """A person wants it compared; where the server tells of changes that is not needed, and does no harm."""
    account.postroom.post(f"{account.path}/sync")


def inbox(account):
    folders = account.call(("Mailbox/get", {"ids": [account.folders()["inbox"]]}))[0]["list"]
    return folders[0]["totalEmails"], folders[0]["unreadEmails"], folders[0]["totalThreads"]


def subjects(account):
    return sorted(email["subject"] for email in account.emails())


def test_marked_and_unmarked_and_expunged(postroom, place):
    mailbox, provider = place
    for subject in ("one", "two", "three"):
        mailbox.append(letter(subject, text=f"the words of {subject}"))
    account = postroom.connect(mailbox, provider)
    two = account.wait_for("two")
    source = account.download(two["blobId"])
    state = account.call(("Email/get", {"ids": []}))[0]["state"]

    store(mailbox, "two", "+FLAGS")
    look(account)
    eventually(lambda: subjects(account) == ["one", "three"], "the marked message to go")
    assert inbox(account) == (2, 2, 2)
    changes, got, found, threads = account.call(
        ("Email/changes", {"sinceState": state}), ("Email/get", {"ids": [two["id"]]}), ("Email/query", {"filter": {"subject": "two"}}),
        ("Thread/get", {"ids": [two["threadId"]]}))
    assert changes["destroyed"] == [two["id"]] and not changes["created"]
    assert got["notFound"] == [two["id"]] and found["ids"] == [] and threads["notFound"] == [two["threadId"]]
    assert "\\Deleted" in next(message for message in mailbox.messages() if message["subject"] == "two")["flags"]

    store(mailbox, "two", "-FLAGS")
    store(mailbox, "two", "+FLAGS", "(\\Flagged)")
    look(account)
    back = account.wait_for("two", where=lambda email: "$flagged" in email["keywords"])
    assert back["id"] == two["id"]
    assert account.download(back["blobId"]) == source
    assert inbox(account) == (3, 3, 3)
    changes, found = account.call(("Email/changes", {"sinceState": state}), ("Email/query", {"filter": {"subject": "two"}}))
    assert changes["updated"] == [two["id"]] and not changes["created"] and not changes["destroyed"]
    assert found["ids"] == [two["id"]]

    store(mailbox, "one", "+FLAGS")
    store(mailbox, "two", "+FLAGS")
    look(account)
    eventually(lambda: subjects(account) == ["three"], "both marked messages to go")
    with mailbox.imap() as imap:
        imap.expunge()
    mailbox.append(letter("four"))
    look(account)
    account.wait_for("four")
    assert subjects(account) == ["four", "three"] and inbox(account) == (2, 2, 2)


def test_marked_before_the_account_is_connected(postroom, place):
    mailbox, provider = place
    for number in range(70):
        mailbox.append(letter(f"old {number}"), flags="(\\Deleted)" if number in (3, 68) else "")
    account = postroom.connect(mailbox, provider)
    assert inbox(account) == (68, 68, 68)
    assert not account.find("old 68")
    store(mailbox, "old 3", "-FLAGS")
    store(mailbox, "old 68", "-FLAGS")
    look(account)
    account.wait_for("old 68")
    eventually(lambda: inbox(account) == (70, 70, 70), "both messages to come in")


def test_new_mail_that_comes_with_the_mark(postroom, place):
    mailbox, provider = place
    account = postroom.connect(mailbox, provider)
    mailbox.append(letter("marked"), flags="(\\Deleted)")
    mailbox.append(letter("plain"))
    look(account)
    account.wait_for("plain")
    assert subjects(account) == ["plain"] and inbox(account) == (1, 1, 1)


def test_what_we_remove_goes_and_what_others_have_marked_stays_on_the_server(postroom, place):
    mailbox, provider = place
    for subject in ("ours", "theirs"):
        mailbox.append(letter(subject))
    account = postroom.connect(mailbox, provider)
    ours = account.wait_for("ours")
    store(mailbox, "theirs", "+FLAGS")
    look(account)
    eventually(lambda: not account.find("theirs"), "the marked message to go")
    assert account.call(("Email/set", {"destroy": [ours["id"]]}))[0]["destroyed"] == [ours["id"]]
    eventually(lambda: mailbox.subjects() == ["theirs"], "our message to go from the server")
    look(account)
    store(mailbox, "theirs", "-FLAGS")
    look(account)
    account.wait_for("theirs")
    assert subjects(account) == ["theirs"]


def test_a_mark_shows_by_itself(postroom, mailbox):
    """IDLE tells of it: nobody asks for a look."""
    mailbox.append(letter("one"))
    mailbox.append(letter("two"))
    account = postroom.connect(mailbox)
    one = account.wait_for("one")
    store(mailbox, "one", "+FLAGS")
    eventually(lambda: subjects(account) == ["two"], "the marked message to go")
    store(mailbox, "one", "-FLAGS")
    assert account.wait_for("one")["id"] == one["id"]


def test_a_move_by_copy_and_mark_is_a_move(postroom, mailbox):
    mailbox.append(letter("moved"))
    account = postroom.connect(mailbox)
    moved = account.wait_for("moved")
    state = account.call(("Email/get", {"ids": []}))[0]["state"]
    with mailbox.imap() as imap:
        uid = imap.uid("SEARCH", "ALL")[1][0].decode()
        assert imap.uid("COPY", uid, "Archive")[0] == "OK"
        imap.uid("STORE", uid, "+FLAGS", "(\\Deleted)")
    look(account)
    assert account.wait_for("moved", "archive")["id"] == moved["id"]
    eventually(lambda: not account.find("moved"), "the message to leave the inbox")
    changes = account.call(("Email/changes", {"sinceState": state}))[0]
    assert changes["updated"] == [moved["id"]] and not changes["created"] and not changes["destroyed"]
