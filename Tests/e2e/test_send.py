"""Sending: arrival, attachments byte for byte, the four outcomes, and never twice."""
import hashlib
import random

import pytest

from support.bed import eventually


@pytest.fixture
def pair(postroom, mailbox, other_mailbox):
    provider = postroom.provider()
    return postroom.connect(mailbox, provider), postroom.connect(other_mailbox, provider)


def times_in_sent(mailbox, subject):
    return mailbox.subjects("Sent").count(subject)


def test_to_another_mailbox(pair):
    anna, boris = pair
    sent = anna.outcome(anna.send(boris.address, "Hello Boris", "How are you?"), "sent")
    assert [recipient["verdict"] for recipient in sent["recipients"]] == ["accepted"]
    email = boris.wait_for("Hello Boris")
    assert email["from"][0]["email"] == anna.address
    assert email["bodyValues"][email["textBody"][0]["partId"]]["value"].strip() == "How are you?"
    eventually(lambda: times_in_sent(anna.mailbox, "Hello Boris") == 1, "the copy in Sent")
    assert anna.wait_for("Hello Boris", "sent")
    assert not anna.find("Hello Boris", "drafts")


def test_a_reply_joins_the_conversation(pair):
    anna, boris = pair
    anna.outcome(anna.send(boris.address, "Lunch?"), "sent")
    question = boris.wait_for("Lunch?")
    boris.outcome(boris.send(anna.address, "Re: Lunch?", headers={
        "inReplyTo": question["messageId"], "references": question["messageId"]}), "sent")
    answer = anna.wait_for("Re: Lunch?")
    assert answer["inReplyTo"] == question["messageId"]
    assert answer["threadId"] == anna.wait_for("Lunch?", "sent")["threadId"]


def test_attachments_byte_for_byte(pair):
    anna, boris = pair
    noise = random.Random(455)
    files = [("noise.bin", noise.randbytes(700_001)), ("Смета на ноябрь.pdf", noise.randbytes(3000)), ("empty.txt", b"\r\n\n\r.\r\n.\r\n")]
    anna.outcome(anna.send(boris.address, "Files", attachments=files), "sent")
    email = boris.wait_for("Files")
    assert email["hasAttachment"]
    received = {part["name"]: boris.download(part["blobId"]) for part in email["attachments"]}
    assert {name: hashlib.sha256(data).hexdigest() for name, data in received.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files}


def test_text_in_other_letters_over_a_server_without_extensions(postroom, mailbox):
    account = postroom.connect(mailbox, postroom.provider(security="none"))
    subject, text = "Привет, 木漏れ日 и 🙂", "Ёлка\n.точка в начале\n" + "длинная строка " * 200
    account.outcome(account.send(mailbox.address, subject, text), "sent")
    email = account.wait_for(subject)
    assert email["bodyValues"][email["textBody"][0]["partId"]]["value"].rstrip() == text.rstrip()


def test_a_refused_recipient_among_good_ones(pair, bed):
    anna, boris = pair
    sent = anna.outcome(anna.send([boris.address, f"reject@{bed.domain}"], "Some of you"), "sent")
    verdicts = {recipient["address"]: recipient["verdict"] for recipient in sent["recipients"]}
    assert verdicts == {boris.address: "accepted", f"reject@{bed.domain}": "refused"}
    assert any("550 5.1.1" in recipient["reply"] for recipient in sent["recipients"])
    assert boris.wait_for("Some of you")


def test_every_recipient_refused(pair, bed):
    anna, _ = pair
    refused = anna.outcome(anna.send(f"reject@{bed.domain}", "Nobody home"), "refused")
    assert refused["diagnosis"]["code"] == "recipient-refused"
    eventually(lambda: times_in_sent(anna.mailbox, "Nobody home") == 0, "the message to be a draft again")
    assert anna.wait_for("Nobody home", "drafts")


def test_a_refused_message(pair):
    anna, boris = pair
    refused = anna.outcome(anna.send(boris.address, "Refuse me", headers={"header:X-Bed-Reject:asText": "not today"}), "refused")
    assert refused["diagnosis"]["code"] == "message-refused"
    assert "not today" in refused["serverReply"]
    eventually(lambda: times_in_sent(anna.mailbox, "Refuse me") == 0, "the message to be a draft again")


def test_try_again_later_is_not_a_refusal(pair, bed):
    anna, _ = pair
    submission = anna.send(f"defer@{bed.domain}", "Later")
    waiting = eventually(lambda: (s := anna.submission(submission)) and s["diagnosis"] and s, "the first attempt")
    assert waiting["state"] == "queued" and waiting["nextAttemptAt"]
    assert [recipient["verdict"] for recipient in waiting["recipients"]] == ["tryLater"]


def test_the_server_is_away_and_comes_back(postroom, bed, mailbox, other_mailbox):
    account = postroom.connect(mailbox, postroom.provider(ports=("imaps", "proxy_submissions")))
    with bed.fault("submissions", refuse=True):
        submission = account.send(other_mailbox.address, "When you are back")
        waiting = eventually(lambda: (s := account.submission(submission)) and s["diagnosis"] and s, "the first attempt")
        assert (waiting["state"], waiting["diagnosis"]["code"]) == ("queued", "connection-refused")
    account.outcome(submission, "sent")
    other_mailbox.wait_for("When you are back")
    eventually(lambda: times_in_sent(mailbox, "When you are back") == 1, "the copy in Sent")


def messages_begun(bed):
    """How many messages Postfix has taken a sender and a recipient of."""
    return bed.postfix_log(1_000_000).count(": client=")


@pytest.mark.parametrize("arrived", [True, False])
def test_connection_lost_after_the_final_dot(postroom, bed, mailbox, other_mailbox, arrived):
    provider = postroom.provider(security="none", ports=("imap", "proxy_legacy"))
    account = postroom.connect(mailbox, provider)
    subject = f"Did it arrive ({arrived})"
    with bed.fault("legacy", **{"cut_on" if arrived else "drop_on": {"up": "\r\n.\r\n"}}):
        submission = account.send(other_mailbox.address, subject)
        unknown = account.outcome(submission, "unknown")
    assert unknown["diagnosis"]["code"] == "outcome-unknown"
    if arrived:
        other_mailbox.wait_for(subject)
    # The server is whole again, and still nothing is sent without a person's word. Messages are counted, not connections: a look at what is
    # wrong with the sending side connects too.
    begun = messages_begun(bed)
    account.outcome(account.send(other_mailbox.address, "another one"), "sent")
    other_mailbox.wait_for("another one")
    assert messages_begun(bed) == begun + 1, bed.postfix_log()
    later = account.submission(submission)
    assert (later["state"], later["attempts"]) == ("unknown", unknown["attempts"])
    assert other_mailbox.subjects().count(subject) == (1 if arrived else 0)


def test_a_person_decides_to_send_again(postroom, bed, mailbox, other_mailbox):
    account = postroom.connect(mailbox, postroom.provider(security="none", ports=("imap", "proxy_legacy")))
    with bed.fault("legacy", drop_on={"up": "\r\n.\r\n"}):
        submission = account.send(other_mailbox.address, "Decide")
        account.outcome(submission, "unknown")
    postroom.post(f"{account.path}/submissions/{submission}/resend")
    other_mailbox.wait_for("Decide")
    eventually(lambda: times_in_sent(mailbox, "Decide") == 1, "the copy in Sent")


def test_an_outbox_survives_a_restart(own_postroom, bed, mailbox, other_mailbox):
    server = own_postroom.serve()
    account = server.connect(mailbox, server.provider(ports=("imaps", "proxy_submissions")))
    with bed.fault("submissions", refuse=True):
        submission = account.send(other_mailbox.address, "Through the night")
        eventually(lambda: account.submission(submission)["diagnosis"], "the first attempt")
        server.kill()
    server.serve()
    account.outcome(submission, "sent")
    other_mailbox.wait_for("Through the night")
    eventually(lambda: times_in_sent(mailbox, "Through the night") == 1, "the copy in Sent")
    assert other_mailbox.subjects().count("Through the night") == 1


def test_a_delivery_report_comes_back(pair, bed):
    anna, _ = pair
    anna.outcome(anna.send(f"bounce@{bed.domain}", "To nowhere"), "sent")
    assert anna.wait_for("Undelivered Mail Returned to Sender")
