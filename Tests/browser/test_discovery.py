"""The New account window with what discovery finds: an address is enough, guesses are shown first, and everything is explained."""
import pytest
from playwright.sync_api import expect

from steps import Person, name
from support.explorer import explorer, world  # noqa: F401


@pytest.fixture
def postroom(explorer):  # noqa: F811
    """These people's Postroom lives in the made-up world."""
    return explorer


def new_account(sign_in, user, words, address):
    person = Person(sign_in(user, words), words)
    person.open_panel()
    person.choose_in_menu("New email account")
    person.type_address(address)
    return person, person.window("New account")


def test_an_address_and_a_password_are_enough(sign_in, user, words, bed, mailbox):
    address = f"{mailbox.name}@local.{bed.domain}"
    person, window = new_account(sign_in, user, words, address)
    expect(person.field("Password", window)).to_be_focused()
    window.get_by_text(words("How this was found")).click()
    expect(window.get_by_text(words("Built-in catalogue"))).to_be_visible()
    person.connect(mailbox.password)
    # The login in the other form was the right one: that is said.
    expect(window.get_by_text(mailbox.name, exact=False).first).to_be_visible()
    person.finish()


def test_guessed_servers_are_shown_before_a_password_is_asked_for(sign_in, user, words):
    person, window = new_account(sign_in, user, words, "anna@guess.test")
    expect(window.get_by_text("imap.guess.test:993")).to_be_visible()
    expect(person.field("Password", window)).to_have_count(0)
    person.button("Yes, these", window).click()
    expect(person.field("Password", window)).to_be_focused()


def test_a_known_service_tells_of_its_app_password(sign_in, user, words):
    _, window = new_account(sign_in, user, words, "anna@gmail.com")
    link = window.get_by_role("link", name=name(words("Make an app password at {name}").replace("{name}", "Gmail")))
    expect(link).to_have_attribute("href", "https://myaccount.google.com/apppasswords")


def test_an_unknown_domain_leads_to_the_choice(sign_in, user, words):
    person, window = new_account(sign_in, user, words, "anna@nothing.test")
    expect(person.button("Add provider", window)).to_be_visible()


def test_an_administrator_takes_an_entry_over(sign_in, words, explorer):  # noqa: F811
    person = Person(sign_in("admin", words), words)
    person.go_to("Providers")
    person.button("Catalogue").click()
    window = person.window("Known services")
    window.get_by_role("searchbox").fill("rambler")
    window.get_by_role("button", name="rambler.ru").click()
    person.button("Take over", window).click()
    card = person.page.get_by_role("listitem", name="Рамблер/почта")
    expect(card).to_contain_text("imap.rambler.ru")
    made = next(one for one in explorer.get("/api/v1/providers")["providers"] if one["name"] == "Рамблер/почта")
    explorer.delete(f"/api/v1/providers/{made['id']}")


def test_the_doctor_sends_a_message_to_oneself(sign_in, user, words, bed, mailbox):
    address = f"{mailbox.name}@local.{bed.domain}"
    person, _ = new_account(sign_in, user, words, address)
    person.connect(mailbox.password)
    person.finish()
    person.choose_in_menu("Go to mailbox settings")
    card = person.page.get_by_role("listitem", name=address)
    card.get_by_role("button", name=words("Settings")).first.click()
    person.button("Examine").first.click()
    expect(person.button("Send a message to myself")).to_be_visible(timeout=30_000)
