"""The two ways from nothing to a message sent, step by step as the product's description tells them, in Russian and in English."""
from playwright.sync_api import expect

from steps import Person


def sends_to(person, mailbox):
    """The end of both ways: a message written on the page is read in the other mailbox."""
    subject = f"Hello from the page ({person.words.language})"
    window = person.write(mailbox.address, subject, "Здравствуй, мир")
    person.button("Send", window).click()
    uid = mailbox.wait_for(subject)["uid"]
    assert "Здравствуй, мир".encode() in mailbox.text(uid)


def test_way_1_from_the_panel(sign_in, user, words, bed, mailbox, other_mailbox):
    person = Person(sign_in(user, words), words)
    person.open_panel()
    person.choose_in_menu("New email account")
    person.type_address(mailbox.address)
    person.add_provider(bed, name=f"Way 1 {words.language}", domains="")
    person.connect(mailbox.password)
    person.finish()
    sends_to(person, other_mailbox)


def test_way_1_over_the_mailbox_settings(sign_in, user, words, bed, mailbox):
    person = Person(sign_in(user, words), words)
    person.open_panel()
    person.choose_in_menu("Go to mailbox settings")
    person.button("Add").click()
    person.type_address(mailbox.address)
    person.add_provider(bed, security="starttls", login_format="Use mailbox name", name=f"Way 1b {words.language}", domains="")
    person.connect(mailbox.password)
    person.finish()
    expect(person.page.get_by_role("listitem", name=mailbox.address)).to_be_visible()


def test_way_2_from_the_profile(sign_in, user, words, bed, mailbox, other_mailbox):
    person = Person(sign_in(user, words), words)
    person.go_to("Profile")
    person.button("Email accounts").click()
    person.button("Add", person.window("Email accounts")).click()
    person.type_address(mailbox.address)
    person.add_provider(bed, security="none", name=f"Way 2 {words.language}", domains="")
    person.connect(mailbox.password)
    person.finish()
    sends_to(person, other_mailbox)
