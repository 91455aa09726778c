"""What a person does on the screens, in the words of the screens. Everything is found by its role and its name."""
import re

from playwright.sync_api import expect


def name(text):
    """The whole name, whatever the case and the spaces around."""
    return re.compile(rf"^\s*{re.escape(text)}\s*$", re.IGNORECASE)


class Person:
    """Somebody at a page, reading it in the language of `words`."""

    def __init__(self, page, words):
        self.page, self.words = page, words

    # Finding.

    def button(self, english, within=None):
        return (within or self.page).get_by_role("button", name=name(self.words(english)))

    def field(self, english, within=None):
        return (within or self.page).get_by_label(name(self.words(english)))

    def window(self, english):
        return self.page.get_by_role("dialog", name=name(self.words(english)))

    def group(self, english, within=None):
        return (within or self.page).get_by_role("group", name=self.words(english))

    # Places.

    def go_to(self, english):
        """One of the links at the top of every page."""
        self.page.get_by_role("banner").or_(self.page.get_by_role("navigation")).get_by_role("link", name=name(self.words(english))).first.click()

    def delete_provider(self, title):
        card = self.page.get_by_role("listitem", name=title)
        card.get_by_role("button", name=re.compile(re.escape(title))).click()
        self.page.get_by_role("menuitem", name=name(self.words("Delete"))).click()
        self.button("Delete", self.page.get_by_role("dialog").last).click()

    # The panel.

    def open_panel(self):
        """The communication panel is beside every page; its tab is [Email]."""
        tab = self.page.get_by_role("tab", name=self.words("Email"))
        if tab.get_attribute("aria-selected") != "true":
            tab.click()

    def choose_in_menu(self, english):
        self.button("Email menu").click()
        self.page.get_by_role("menuitem", name=name(self.words(english))).click()

    # A new account.

    def type_address(self, address):
        window = self.window("New account")
        self.field("Email address", window).fill(address)
        self.button("Next", window).click()

    def add_provider(self, bed, security="ssl", login_format="Use email address", name="", domains=None):
        """From the New account window over the page of providers to the window Add service, filled and applied."""
        self.button("Add provider", self.window("New account")).click()
        self.button("Add").click()
        window = self.window("Add service")
        expect(self.field("Service type", window)).to_have_value("imap")
        imap, smtp = {"ssl": ("imaps", "submissions"), "starttls": ("imap", "submission"), "none": ("imap", "legacy")}[security]
        for side, port in (("Inbound mail server (IMAP)", imap), ("Outgoing mail server (SMTP)", smtp)):
            server = self.group(side, window)
            self.field("Server address", server).fill("127.0.0.1")
            self.field("Security", server).select_option(security)
            self.field("Port", server).fill(str(bed.ports[port]))
        settings = self.group("Additional settings", window)
        if name:
            self.field("Provider name", settings).fill(name)
        if domains is not None:
            self.field("Domains", settings).fill(domains)
        self.field("Login format", settings).select_option(label=self.words(login_format))
        expect(self.field("Authentication method", settings)).to_have_value("basic")
        self.button("Apply", window).click()

    def connect(self, password, login=None):
        """The account's window goes on with the provider: password, a verdict for each side, done."""
        window = self.window("New account")
        if login:
            self.field("Login", window).fill(login)
        self.field("Password", window).fill(password)
        self.button("Connect", window).click()

    def finish(self):
        window = self.window("New account")
        for side in ("Receiving (IMAP)", "Sending (SMTP)"):
            expect(window.get_by_text(self.words(side), exact=True)).to_be_visible()
        self.button("Done", window).click()

    # Mail.

    def message(self, subject):
        return self.page.get_by_role("option", name=re.compile(re.escape(subject)))

    def write(self, to, subject, text):
        self.button("Write").first.click()
        window = self.page.get_by_role("dialog").last
        self.field("To", window).fill(to)
        self.field("To", window).press("Enter")
        self.field("Subject", window).fill(subject)
        window.get_by_role("textbox", name=self.words("Text")).fill(text)
        return window
