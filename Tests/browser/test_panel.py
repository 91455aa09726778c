"""The panel at work: reading, answering, live arrival, HTML mail, wrong passwords, and a provider in use."""
import re

import pytest
from playwright.sync_api import expect

from steps import Person
from support.letters import deliver, letter
from words import Words

HTML = """From: Shop <shop@example.test>
To: you@example.test
Subject: A page of a letter
Message-ID: <html@test>
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>Good <b>day</b></p><script>parent.document.title = 'taken over'</script>
<img src="http://192.0.2.1/spy.png" onerror="parent.document.title = 'taken over'"><form action="http://192.0.2.1/"><input></form>
"""


@pytest.fixture
def english():
    return Words("en")


@pytest.fixture
def person(sign_in, user, postroom, english, mailbox):
    """Somebody whose account is connected and on screen."""
    postroom.connect(mailbox, user=user)
    return Person(sign_in(user, english), english)


def test_a_message_appears_without_a_reload_and_is_read(person, mailbox):
    deliver(mailbox, "Live and well")
    row = person.message("Live and well")
    expect(row).to_be_visible(timeout=30_000)
    expect(row).to_have_accessible_name(re.compile("unread", re.IGNORECASE))
    row.click()
    expect(person.page.get_by_role("article").get_by_text("Hello")).to_be_visible()
    person.button("Back").click()
    expect(row).not_to_have_accessible_name(re.compile("unread", re.IGNORECASE))
    assert mailbox.wait_for("Live and well", having="\\Seen")


def test_a_link_to_a_message_opens_it_and_a_reload_stays_there(sign_in, user, postroom, english, mailbox):
    mailbox.append(letter("Not in the inbox"), folder="Archive")
    account = postroom.connect(mailbox, user=user)
    email = account.wait_for("Not in the inbox", "archive")
    page = sign_in(user, english)
    page.goto(f"{postroom.url}/mail#/{account.jmap_id}/{account.folders()['archive']}/{email['id']}")
    for _ in range(2):
        expect(page.get_by_role("article").get_by_text("Hello")).to_be_visible()
        assert page.url.endswith(email["id"])
        page.reload()


def test_answering(person, mailbox, other_mailbox):
    mailbox.append(letter("A question").replace("someone@example.test", other_mailbox.address))
    person.message("A question").click(timeout=30_000)
    person.button("Reply").first.click()
    window = person.page.get_by_role("dialog").last
    window.get_by_role("textbox", name=person.words("Text")).press_sequentially("An answer")
    person.button("Send", window).click()
    answer = other_mailbox.wait_for("Re: A question")
    assert b"An answer" in other_mailbox.text(answer["uid"])
    assert mailbox.wait_for("A question", having="\\Answered")
    assert mailbox.wait_for("Re: A question", "Sent")


def test_a_search_speaks_the_language_of_the_server(person, mailbox):
    mailbox.append(letter("Quarterly figures"))
    mailbox.append(letter("Figures of speech").replace("someone@example.test", "rhetor@example.test"))
    expect(person.message("Figures of speech")).to_be_visible(timeout=30_000)
    field = person.page.get_by_role("searchbox")
    field.fill("figure -from:rhetor")
    expect(person.message("Quarterly figures")).to_be_visible()
    expect(person.message("Figures of speech")).to_be_hidden()
    field.fill("от:rhetor ИЛИ тема:figures")
    expect(person.message("Figures of speech")).to_be_visible()
    expect(person.message("Quarterly figures")).to_be_visible()
    field.fill("in:nowhere")
    expect(person.page.get_by_text("Not understood: in:nowhere")).to_be_visible()


def test_html_mail_can_do_no_harm(person, mailbox):
    asked = []
    person.page.on("request", lambda request: asked.append(request.url))
    mailbox.append(HTML)
    person.message("A page of a letter").click(timeout=30_000)
    frame = person.page.frame_locator("iframe")
    expect(frame.get_by_text("day")).to_be_visible()
    assert frame.locator("script, form, [onerror]").count() == 0
    expect(person.button("Show pictures")).to_be_visible()
    assert not [url for url in asked if "192.0.2.1" in url]
    assert "taken over" not in person.page.title()


def test_a_wrong_password_marks_the_field_and_tells_both_verdicts(sign_in, user, postroom, words, bed, mailbox):
    provider = postroom.provider()
    postroom.post("/api/v1/domains", {"domain": f"{words.language}.wrong.test", "providerId": provider["id"]})
    person = Person(sign_in(user, words), words)
    person.open_panel()
    person.choose_in_menu("New email account")
    person.type_address(f"{mailbox.name}@{words.language}.wrong.test")
    person.connect("not the password")
    window = person.window("New account")
    expect(person.field("Password", window)).to_have_attribute("aria-invalid", "true")
    for side in ("Receiving (IMAP)", "Sending (SMTP)"):
        expect(window.get_by_text(words(side), exact=True)).to_be_visible()


def test_a_host_that_looks_like_an_address_is_explained_and_mended(sign_in, words):
    person = Person(sign_in("admin", words), words)
    person.go_to("Providers")
    person.button("Add").click()
    window = person.window("Add service")
    server = person.group("Inbound mail server (IMAP)", window)
    host = person.field("Server address", server)
    host.fill("imap@domain.com")
    host.press("Tab")
    expect(host).to_have_attribute("aria-invalid", "true")
    server.get_by_role("button", name=re.compile("imap.domain.com")).click()
    expect(host).to_have_value("imap.domain.com")
    person.button("Cancel", window).click()
    expect(window).to_be_hidden()


def test_port_and_security_propose_each_other(sign_in, english):
    person = Person(sign_in("admin", english), english)
    person.go_to("Providers")
    person.button("Add").click()
    for side, ports in (("Inbound mail server (IMAP)", ("993", "143")), ("Outgoing mail server (SMTP)", ("465", "587"))):
        server = person.group(side, person.window("Add service"))
        port, security = person.field("Port", server), person.field("Security", server)
        expect(port).to_have_value(ports[0])
        expect(security).to_have_value("ssl")
        port.fill(ports[1])
        expect(security).to_have_value("starttls")
        security.select_option("ssl")
        expect(port).to_have_value(ports[0])


def test_a_provider_in_use_cannot_be_deleted(sign_in, user, postroom, words, mailbox):
    provider = postroom.provider(name=f"In use ({words.language})")
    account = postroom.connect(mailbox, provider, user=user)
    person = Person(sign_in("admin", words), words)
    person.go_to("Providers")
    person.delete_provider(provider["name"])
    refusal = person.page.get_by_role("dialog").last
    expect(refusal.get_by_text(mailbox.address)).to_be_visible()
    person.page.keyboard.press("Escape")
    expect(person.page.get_by_role("listitem", name=provider["name"])).to_be_visible()

    postroom.delete(account.path, user=user)
    person.page.reload()
    person.delete_provider(provider["name"])
    expect(person.page.get_by_role("listitem", name=provider["name"])).to_be_hidden()
