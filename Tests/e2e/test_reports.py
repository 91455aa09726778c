"""What comes back about a message that was sent: real delivery reports, read receipts, and forged ones."""
import json
import smtplib
import ssl
import threading

import pytest
import requests

from support.bed import eventually
from support.postroom import PASSWORD


@pytest.fixture
def pair(postroom, mailbox, other_mailbox):
    provider = postroom.provider()
    return postroom.connect(mailbox, provider), postroom.connect(other_mailbox, provider)


def told(account, submission):
    return account.call(("EmailSubmission/get", {"ids": [submission]}))[0]["list"][0]


def state(account):
    return account.call(("EmailSubmission/get", {"ids": []}))[0]["state"]


def message_id(account, submission):
    return account.get(told(account, submission)["emailId"])["messageId"][0]


def listen(account, heard):
    """Puts into `heard` what the event stream says of the account's submissions."""
    answer = requests.get(
        f"{account.postroom.url}/jmap/eventsource?types=EmailSubmission&closeafter=no&ping=0", auth=(account.user, PASSWORD), stream=True, timeout=90)

    def read():
        for line in answer.iter_lines():
            if line.startswith(b"data:"):
                heard.append(json.loads(line[5:])["changed"].get(account.jmap_id, {}).get("EmailSubmission"))
    threading.Thread(target=read, daemon=True).start()


def test_a_message_that_bounces(pair, bed):
    anna, boris = pair
    gone = f"bounce@{bed.domain}"
    submission = anna.send([boris.address, gone], "Are you there?")
    anna.outcome(submission, "sent")
    boris.wait_for("Are you there?")
    heard = []
    listen(anna, heard)
    status = eventually(
        lambda: (s := told(anna, submission)["deliveryStatus"])[gone]["delivered"] == "no" and s, "the delivery report", patience=60)
    assert status[boris.address]["delivered"] == "unknown"
    assert status[gone]["smtpReply"].startswith("550 5.1.1")
    assert {recipient["displayed"] for recipient in status.values()} == {"unknown"}

    # The blob is the report as it lies in the mailbox, and stays when that goes.
    report = anna.wait_for("Undelivered Mail Returned to Sender")
    blob, = told(anna, submission)["dsnBlobIds"]
    bytes_of_report = anna.download(blob)
    assert bytes_of_report == anna.download(report["blobId"]) and b"message/delivery-status" in bytes_of_report
    before = state(anna)
    anna.move(report["id"], "trash")
    eventually(lambda: "Undelivered Mail Returned to Sender" in anna.mailbox.subjects("Trash"), "the report in the trash")
    anna.call(("Email/set", {"destroy": [report["id"]]}))
    eventually(lambda: not anna.mailbox.subjects("Trash"), "the report to go")
    assert anna.download(blob) == bytes_of_report

    # The same report brought back by hand counts once.
    anna.mailbox.append(bytes_of_report, folder="INBOX")
    anna.wait_for("Undelivered Mail Returned to Sender")
    assert told(anna, submission)["dsnBlobIds"] == [blob]
    assert state(anna) == before

    # And a person is told whom it did not reach, why, and what to do.
    problems = {}
    for language in ("en", "ru"):
        listed = anna.postroom.get(f"{anna.path}/submissions", headers={"Accept-Language": language})["submissions"]
        problems[language], = next(s for s in listed if s["id"] == submission)["deliveryProblems"]
    assert problems["en"]["title"] == f"Not delivered to {gone}" and problems["en"]["detail"] == "There is no such mailbox."
    assert problems["ru"]["title"] == f"Не доставлено: {gone}" and problems["ru"]["detail"] == "Такого ящика нет."
    for problem in problems.values():
        assert (problem["recipient"], problem["code"], problem["isFinal"], problem["isHard"]) == (gone, "unknown-recipient", True, True)
        assert problem["serverText"].startswith("550 5.1.1") and problem["fix"] and problem["blobId"] == blob
    # In the conversation of the message, and in no other.
    thread = told(anna, submission)["threadId"]
    assert [s["id"] for s in anna.postroom.get(f"{anna.path}/submissions?thread={thread}")["submissions"]] == [submission]
    other = anna.wait_for("Undelivered Mail Returned to Sender")["threadId"]
    assert anna.postroom.get(f"{anna.path}/submissions?thread={other}")["submissions"] == []


def test_the_event_stream_and_changes_tell_of_a_report(pair, bed):
    anna, _ = pair
    submission = anna.send(f"bounce@{bed.domain}", "Tell me")
    anna.outcome(submission, "sent")
    eventually(lambda: told(anna, submission)["dsnBlobIds"], "the delivery report", patience=60)
    before, heard = state(anna), []
    listen(anna, heard)
    anna.mailbox.append(receipt(message_id(anna, submission), f"bounce@{bed.domain}"))
    eventually(lambda: any(heard), "an event about submissions")
    changes = anna.call(("EmailSubmission/changes", {"sinceState": before}))[0]
    assert (changes["updated"], changes["created"]) == ([submission], [])
    assert heard[-1] == changes["newState"]


def test_a_message_that_arrives_and_says_so(pair, bed):
    anna, boris = pair
    submission = anna.send(boris.address, "Did you get it?")
    anna.outcome(submission, "sent")
    # The bed's Postfix reports success to who asks for it: the same message on its way once more, asking.
    sent = eventually(lambda: next((m for m in anna.mailbox.messages("Sent") if m["subject"] == "Did you get it?"), None), "the copy in Sent")
    with smtplib.SMTP_SSL("localhost", bed.ports["submissions"], context=ssl.create_default_context(cafile=bed.ca)) as smtp:
        smtp.login(anna.mailbox.login, anna.mailbox.password)
        smtp.sendmail(anna.address, [boris.address], anna.mailbox.source(sent["uid"], "Sent"), rcpt_options=["NOTIFY=SUCCESS"])
    report = anna.wait_for("Successful Mail Delivery Report")
    # Postfix says "relayed" of what it gave to Dovecot, and RFC 8621 section 7 wants no more made of that.
    now = told(anna, submission)
    assert len(now["dsnBlobIds"]) == 1
    assert now["deliveryStatus"][boris.address]["delivered"] == "unknown"
    # A server that has mailboxes of its own says that it delivered.
    anna.mailbox.append(anna.download(report["blobId"]).replace(b"Action: relayed", b"Action: delivered").replace(b"Successful", b"Final"))
    anna.wait_for("Final Mail Delivery Report")
    now = told(anna, submission)
    assert len(now["dsnBlobIds"]) == 2
    assert (now["deliveryStatus"][boris.address]["delivered"], now["deliveryStatus"][boris.address]["displayed"]) == ("yes", "unknown")
    assert now["deliveryStatus"][boris.address]["smtpReply"].startswith("250 2.0.0")
    assert anna.submission(submission)["deliveryProblems"] == []


def receipt(original, address, disposition="displayed"):
    return f"""\
From: {address}
To: somebody@example.test
Subject: Read: {disposition}
Message-ID: <{abs(hash((original, address, disposition)))}@mua.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

Your message was shown.
--b
Content-Type: message/disposition-notification

Reporting-UA: mua.example
Final-Recipient: rfc822;{address}
Original-Message-ID: <{original}>
Disposition: manual-action/MDN-sent-manually; {disposition}

--b--
"""


def test_a_read_receipt(pair):
    anna, boris = pair
    submission = anna.send(boris.address, "Have you read it?")
    anna.outcome(submission, "sent")
    original = message_id(anna, submission)
    anna.mailbox.append(receipt(original, boris.address, "deleted"))
    anna.wait_for("Read: deleted")
    assert told(anna, submission)["deliveryStatus"][boris.address]["displayed"] == "unknown"
    name, _, domain = boris.address.partition("@")
    anna.mailbox.append(receipt(original, f"{name}@{domain.upper()}"))
    anna.wait_for("Read: displayed")
    now = told(anna, submission)
    assert now["deliveryStatus"][boris.address] == {"smtpReply": now["deliveryStatus"][boris.address]["smtpReply"], "delivered": "unknown", "displayed": "yes"}
    assert len(now["mdnBlobIds"]) == 2 and now["dsnBlobIds"] == []
    assert b"displayed" in anna.download(now["mdnBlobIds"][1])


def forged(original, address, subject):
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@elsewhere.example
Subject: {subject}
Message-ID: <{abs(hash(subject))}@elsewhere.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Lies.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; elsewhere.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <script>alert(1)</script>

--b
Content-Type: text/rfc822-headers

Message-ID: <{original}>

--b--
"""


def test_a_forged_report_about_another_accounts_message_changes_nothing(pair):
    anna, boris = pair
    submission = anna.send(boris.address, "Ours")
    anna.outcome(submission, "sent")
    boris.wait_for("Ours")
    eventually(lambda: anna.mailbox.subjects("Sent").count("Ours") == 1, "the copy in Sent")
    before, states = told(anna, submission), (state(anna), state(boris))
    boris.mailbox.append(forged(message_id(anna, submission), boris.address, "Forged for another"))
    boris.wait_for("Forged for another")
    assert told(anna, submission) == before
    assert (state(anna), state(boris)) == states
    assert boris.postroom.get(f"{boris.path}/submissions")["submissions"] == []


def test_a_report_about_another_programs_message_is_left_alone(pair):
    anna, boris = pair
    submission = anna.send(boris.address, "Sent by Postroom")
    anna.outcome(submission, "sent")
    before = state(anna)
    anna.mailbox.append(forged("somebody-else@mua.example", boris.address, "About another program's"))
    anna.wait_for("About another program's")
    assert state(anna) == before and told(anna, submission)["dsnBlobIds"] == []
