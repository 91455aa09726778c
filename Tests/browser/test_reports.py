"""A message that did not arrive says so in its conversation and in the outbox: whom it did not reach, why, and what to do."""
import re

import pytest
from playwright.sync_api import expect

from steps import Person, name
from support.bed import eventually

SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
TITLES = {"en": "Not delivered to {}", "ru": "Не доставлено: {}"}
REASONS = {"en": "There is no such mailbox.", "ru": "Такого ящика нет."}


def go_to(page, postroom, account, *place):
    """A place in the mail view, by its link."""
    page.goto(f"{postroom.url}/mail#/" + "/".join((account.jmap_id, *place)))


@pytest.fixture
def bounced(postroom, bed, user, mailbox, other_mailbox):
    """An account that has sent a message to somebody and to an address that bounces; that address, and the folder of the message."""
    account = postroom.connect(mailbox, user=user)
    gone = f"bounce@{bed.domain}"
    submission = account.send([other_mailbox.address, gone], "Are you there?", "Please answer by Friday.")
    eventually(lambda: account.submission(submission)["deliveryProblems"], "the delivery report", patience=60)
    email = account.wait_for("Are you there?", "sent")
    return account, gone, email


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_a_bounce_is_told_where_the_message_is(sign_in, words, user, postroom, bounced, picture, size, look):
    account, gone, email = bounced
    page = sign_in(user, words)
    page.set_viewport_size(SIZES[size])
    page.emulate_media(color_scheme=look)
    go_to(page, postroom, account, account.folders()["sent"], email["id"])
    message = page.get_by_role("article")
    note = message.locator(".note")
    expect(note).to_have_count(1)
    expect(note).to_contain_text(TITLES[words.language].format(gone))
    expect(note).to_contain_text(REASONS[words.language])
    expect(note).to_contain_text("550 5.1.1")
    expect(message).to_contain_text("Please answer by Friday.")
    # Nothing runs out of the screen.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"conversation-{size}-{look}-{words.language}")
    go_to(page, postroom, account, "outbox")
    item = page.locator(".outbox-item")
    expect(item).to_contain_text(TITLES[words.language].format(gone))
    expect(item).to_contain_text({"en": "Not delivered to everybody", "ru": "Доставлено не всем"}[words.language])
    expect(item.get_by_role("listitem").filter(has_text=gone)).to_contain_text({"en": "not delivered", "ru": "не доставлено"}[words.language])
    picture(page, f"outbox-{size}-{look}-{words.language}")


def test_a_report_is_shown_while_the_message_is_open_and_stays_text(sign_in, words, user, postroom, mailbox, other_mailbox):
    account = postroom.connect(mailbox, user=user)
    submission = account.send(other_mailbox.address, "Watched")
    account.outcome(submission, "sent")
    email = account.wait_for("Watched", "sent")
    page = sign_in(user, words)
    go_to(page, postroom, account, account.folders()["sent"], email["id"])
    message = page.get_by_role("article")
    expect(message).to_contain_text("Hello")
    expect(message.locator(".note")).to_have_count(0)
    mailbox.append(f"""\
From: MAILER-DAEMON@elsewhere.example
Subject: Undeliverable
Message-ID: <undeliverable@elsewhere.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; elsewhere.example

Final-Recipient: rfc822; {other_mailbox.address}
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 <img src=x onerror=alert(1)> mailbox full

--b
Content-Type: text/rfc822-headers

Message-ID: <{email["messageId"][0]}>

--b--
""")
    note = message.locator(".note")
    expect(note).to_contain_text({"en": "The recipient's mailbox is full.", "ru": "Ящик получателя переполнен."}[words.language], timeout=30_000)
    expect(note).to_contain_text("<img src=x onerror=alert(1)>")
    expect(note.locator("img")).to_have_count(0)


def test_what_came_back_is_mended_and_sent_again(sign_in, words, user, postroom, bounced, mailbox):
    account, gone, email = bounced
    person = Person(sign_in(user, words), words)
    go_to(person.page, postroom, account, "outbox")
    person.page.get_by_role("button", name=name({"en": "Edit and send", "ru": "Исправить и отправить"}[words.language])).click()
    window = person.page.get_by_role("dialog").last
    expect(window).to_contain_text(gone)
    expect(person.field("Subject", window)).to_have_value("Are you there?")
    assert re.search("Friday", window.get_by_role("textbox", name=words("Text")).inner_text())
