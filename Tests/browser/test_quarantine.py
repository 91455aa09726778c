"""A message that the mail server would not give is shown in the account's settings, and tried again from there."""
import re

from playwright.sync_api import expect

from steps import Person
from support.bed import eventually
from support.letters import letter


def test_a_message_is_tried_again(sign_in, words, user, postroom, mailbox, unreadable):
    for number in range(3):
        mailbox.append(letter(f"letter {number}"))
    unreadable(mailbox, "letter 1")
    account = postroom.connect(mailbox, user=user, caught_up=False)
    eventually(lambda: account.told()["quarantined"] == 1 and account.phase() == "upToDate", "the message to be quarantined", 90)
    person = Person(sign_in(user, words), words)
    person.page.goto(f"{postroom.url}/#/accounts")
    person.button("Settings").first.click()
    window = person.page.get_by_role("dialog").last
    held = person.group("Messages that could not be fetched", window)
    row = held.get_by_role("listitem")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(words("A message whose header is not known"))
    expect(row).to_contain_text(re.compile(r"UID \d+"))
    expect(row).to_contain_text("Internal error")
    unreadable.back()
    person.button("Try again", row).click()
    expect(held.get_by_text(words("All messages could be fetched."))).to_be_visible(timeout=30_000)
    account.wait_for("letter 1")
    expect(held.get_by_role("listitem")).to_have_count(0)
    expect(person.page.get_by_role("alert")).to_have_count(0)
    assert not re.search("letter 1", held.inner_text())
