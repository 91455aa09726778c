"""A conversation that grows together with another gets new ids (RFC 8621 §3): whoever reads or answers it does not notice."""
from playwright.sync_api import expect

from steps import Person
from support.bed import eventually
from words import Words


def part(name, sender, *references):
    named = f"In-Reply-To: <{references[-1]}@grown>\nReferences: {' '.join(f'<{other}@grown>' for other in references)}\n" if references else ""
    return f"From: {sender}\nTo: you@example.test\nSubject: {name}\nMessage-ID: <{name}@grown>\n{named}\nthe words of {name}\n"


def test_an_opened_message_and_the_answer_to_it_stay_where_they_are(sign_in, user, postroom, mailbox, other_mailbox):
    english = Words("en")
    sender = other_mailbox.address
    for source in (part("one", sender), part("two", sender, "one"), part("three", sender, "one", "two"), part("other", sender)):
        mailbox.append(source)
    account = postroom.connect(mailbox, user=user)
    other = account.wait_for("other")
    place = f"{postroom.url}/mail#/{account.jmap_id}/{account.folders()['inbox']}/"
    person = Person(sign_in(user, english), english)
    page = person.page
    page.goto(place + other["id"])
    message = page.get_by_role("article").filter(has_text="the words of other")
    expect(message).to_be_visible()
    person.button("Reply").first.click()
    window = page.get_by_role("dialog").last
    text = window.get_by_role("textbox", name=english("Text"))
    text.press_sequentially("The beginning")
    eventually(lambda: len(account.emails("drafts")) == 1, "the draft")

    mailbox.append(part("joiner", sender, "three", "other"))
    now = account.wait_for("other", where=lambda email: email["id"] != other["id"])
    page.wait_for_url(lambda url: url.endswith(now["id"]))
    expect(message).to_be_visible()
    text.press_sequentially(" and the end")

    def saved():
        drafts = account.emails("drafts")
        return len(drafts) == 1 and "and the end" in "".join(value["value"] for value in drafts[0]["bodyValues"].values())

    eventually(saved, "the draft alone, as it is now")
    person.button("Send", window).click()
    answer = other_mailbox.wait_for("Re: other")
    assert b"The beginning and the end" in other_mailbox.text(answer["uid"])
    account.wait_for("other", where=lambda email: "$answered" in email["keywords"])
    eventually(lambda: account.emails("drafts") == [], "the draft to go")
    assert len([email for email in account.emails("sent") if email["subject"] == "Re: other"]) == 1
    # A link from before leads to the message.
    page.goto("about:blank")
    page.goto(place + other["id"])
    expect(message.first).to_be_visible()
    page.wait_for_url(lambda url: url.endswith(now["id"]))
