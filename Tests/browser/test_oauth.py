"""Signing in at a provider's own page, by clicking through it in a real browser, in Russian and in English."""
import re

import pytest
from playwright.sync_api import expect

from steps import Person, name
from support.bed import eventually
from support.letters import letter
from support.oauth import connect
from test_ways import sends_to

RUSSIAN = {
    "Sign in at": "Войти в",
    "Sign in again": "Войти снова",
    "Access to the mailbox was not granted": "Доступ к ящику не предоставлен",
    "Another mailbox was signed in": "Вошли в другой ящик",
    "The sign-in was revoked": "Вход отозван",
    "Disconnect": "Отключить",
    "To sign in again": "Нужно войти снова",
    "Copy all links": "Скопировать все ссылки",
    "Service": "Сервис",
    "Application (client) ID": "Идентификатор приложения (клиент)",
    "Client secret": "Секрет клиента",
    "Issuer": "Издатель",
    "Fill in": "Заполнить",
    "Token address": "Адрес выдачи токенов",
    "Redirect address": "Адрес возврата",
    "Scopes": "Области доступа",
    "Choose the provider": "Выберите провайдер",
}


def word(words, english):
    return english if words.language == "en" else RUSSIAN[english]


@pytest.fixture
def provider(postroom, authorization_server):
    return postroom.provider(authentication="oauth2", oauth=authorization_server.settings())


def person_at(sign_in, user, words, **options):
    # The authorization server's certificate is the bed's own.
    return Person(sign_in(user, words, ignore_https_errors=True, **options), words)


def choose_provider(person, mailbox, provider):
    person.open_panel()
    person.choose_in_menu("New email account")
    person.type_address(mailbox.address)
    window = person.window("New account")
    choice = window.get_by_role("button", name=re.compile(re.escape(provider["name"])))
    # Where the domain says something of itself, the choice is one press further.
    other = window.get_by_role("button", name=name(word(person.words, "Choose the provider")))
    choice.or_(other).first.wait_for()
    if other.count():
        other.click()
    choice.click()
    return window


def press_sign_in(person, window, button):
    """Presses the button and gives the window of the provider's page."""
    with person.page.expect_popup() as popup:
        window.get_by_role("button", name=name(button)).click()
    return popup.value


def consent(page, mailbox, button="Allow"):
    page.get_by_label("Address").fill(mailbox.address)
    page.get_by_label("Password").fill(mailbox.password)
    with page.expect_event("close", timeout=30_000):
        page.get_by_role("button", name=button).click()


def sign_in_at(words, provider):
    return f"{word(words, 'Sign in at')} {provider['name']}"


def test_connect_by_consenting(sign_in, user, words, mailbox, other_mailbox, provider):
    mailbox.append(letter("there before"))
    person = person_at(sign_in, user, words)
    window = choose_provider(person, mailbox, provider)
    popup = press_sign_in(person, window, sign_in_at(words, provider))
    expect(popup.get_by_label("Address")).to_have_value(mailbox.address)
    consent(popup, mailbox)
    person.finish()
    expect(person.message("there before")).to_be_visible(timeout=30_000)
    sends_to(person, other_mailbox)


def test_consent_refused_then_given(sign_in, user, words, mailbox, provider):
    person = person_at(sign_in, user, words)
    window = choose_provider(person, mailbox, provider)
    consent(press_sign_in(person, window, sign_in_at(words, provider)), mailbox, button="Deny")
    expect(window.get_by_role("alert")).to_contain_text(word(words, "Access to the mailbox was not granted"))
    consent(press_sign_in(person, window, sign_in_at(words, provider)), mailbox)
    person.finish()


def test_signed_in_as_somebody_else(sign_in, user, words, mailbox, other_mailbox, provider):
    person = person_at(sign_in, user, words)
    window = choose_provider(person, mailbox, provider)
    consent(press_sign_in(person, window, sign_in_at(words, provider)), other_mailbox)
    problem = window.get_by_role("alert")
    expect(problem).to_contain_text(word(words, "Another mailbox was signed in"))
    expect(problem).to_contain_text(other_mailbox.address)


def test_where_windows_are_blocked(sign_in, user, words, mailbox, provider):
    """The page itself goes to the provider and comes back to the account's window."""
    person = person_at(sign_in, user, words)
    window = choose_provider(person, mailbox, provider)
    person.page.evaluate("window.open = () => null")
    window.get_by_role("button", name=name(sign_in_at(words, provider))).click()
    person.page.get_by_label("Address").fill(mailbox.address)
    person.page.get_by_label("Password").fill(mailbox.password)
    person.page.get_by_role("button", name="Allow").click()
    person.finish()
    expect(person.page.get_by_role("listitem", name=mailbox.address)).to_be_visible()


def revoked(postroom, authorization_server, mailbox, provider, user):
    account = connect(postroom, authorization_server, mailbox, provider, user=user)
    authorization_server.order("revoke", user=mailbox.address)
    mailbox.bed.doveadm("kick", mailbox.address)
    eventually(lambda: account.told()["grant"]["state"] == "sign-in-needed", "the grant to need its person")
    return account


def test_sign_in_again_after_revocation(sign_in, postroom, authorization_server, user, words, mailbox, provider):
    account = revoked(postroom, authorization_server, mailbox, provider, user)
    person = person_at(sign_in, user, words)
    person.open_panel()
    person.choose_in_menu("Go to mailbox settings")
    card = person.page.get_by_role("listitem", name=mailbox.address)
    expect(card).to_contain_text(word(words, "The sign-in was revoked"))
    again = word(words, "Sign in again")
    card.get_by_role("button", name=name(again)).click()
    window = person.page.get_by_role("dialog", name=name(again))
    consent(press_sign_in(person, window, f"{word(words, 'Sign in at')} {provider['name']}"), mailbox)
    expect(card.get_by_role("button", name=name(again))).to_have_count(0, timeout=30_000)
    eventually(lambda: account.phase() == "upToDate", "the account to be up to date")


def test_the_profile_lists_grants_and_disconnects(sign_in, postroom, authorization_server, user, words, mailbox, provider):
    connect(postroom, authorization_server, mailbox, provider, user=user)
    person = person_at(sign_in, user, words)
    person.go_to("Profile")
    grant = person.page.get_by_role("listitem", name=mailbox.address)
    expect(grant).to_contain_text(provider["name"])
    disconnect = name(word(words, "Disconnect"))
    grant.get_by_role("button", name=disconnect).click()
    person.page.get_by_role("dialog").last.get_by_role("button", name=disconnect).click()
    expect(grant).to_have_count(0)
    assert mailbox.address in authorization_server.state()["revoked"]


def test_the_administrator_sends_links(sign_in, postroom, authorization_server, user, words, mailbox, provider):
    account = revoked(postroom, authorization_server, mailbox, provider, user)
    administrator = person_at(sign_in, "admin", words, permissions=["clipboard-read", "clipboard-write"])
    administrator.go_to("Providers")
    campaign = administrator.page.locator("campaign-section")
    expect(campaign.get_by_role("heading", name=word(words, "To sign in again"), exact=True)).to_be_visible()
    row = campaign.get_by_role("row", name=re.compile(re.escape(mailbox.address)))
    row.get_by_role("button").click()
    link = administrator.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{postroom.url}/#/accounts/{account.id}?sign-in=1"
    # Its owner opens it.
    owner = person_at(sign_in, user, words)
    owner.page.goto(link)
    again = owner.page.get_by_role("dialog", name=name(word(words, "Sign in again")))
    expect(again).to_contain_text(mailbox.address)


def test_a_provider_by_its_issuer(sign_in, postroom, authorization_server, bed, words, mailbox):
    person = person_at(sign_in, "admin", words)
    person.go_to("Providers")
    person.button("Add").click()
    window = person.window("Add service")
    for side, port in (("Inbound mail server (IMAP)", "imaps"), ("Outgoing mail server (SMTP)", "submissions")):
        server = person.group(side, window)
        person.field("Server address", server).fill("127.0.0.1")
        person.field("Port", server).fill(str(bed.ports[port]))

    def field(english):
        return window.get_by_label(name(word(words, english)))
    title = f"Issuer {words.language}"
    person.field("Provider name", window).fill(title)
    person.field("Authentication method", window).select_option("oauth2")
    expect(field("Redirect address")).to_have_value(postroom.url + "/api/v1/oauth/callback")
    field("Service").select_option("google")
    expect(field("Token address")).to_have_value("https://oauth2.googleapis.com/token")
    field("Service").select_option("")
    field("Issuer").fill(authorization_server.issuer)
    window.get_by_role("button", name=name(word(words, "Fill in"))).click()
    expect(field("Token address")).to_have_value(authorization_server.issuer + "/token")
    expect(field("Scopes")).to_have_value("mail openid email")
    person.button("Apply", window).click()
    expect(field("Application (client) ID")).to_have_attribute("aria-invalid", "true")
    field("Application (client) ID").fill("postroom")
    field("Client secret").fill(authorization_server.clients["postroom"])
    person.button("Apply", window).click()
    expect(person.page.get_by_role("listitem", name=title)).to_contain_text("OAuth 2.0")
    provider = next(entry for entry in postroom.get("/api/v1/providers")["providers"] if entry["name"] == title)
    assert connect(postroom, authorization_server, mailbox, provider)
