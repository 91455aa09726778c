"""An account is shared in its settings, read by the other user, and left again."""
import re
import secrets

import pytest
from playwright.sync_api import expect

from steps import Person
from support.letters import letter
from support.postroom import PASSWORD
from words import Words


@pytest.fixture
def english():
    return Words("en")


@pytest.fixture
def other_user(postroom):
    return postroom.post("/api/v1/users", {"name": f"other-{secrets.token_hex(4)}", "password": PASSWORD})["name"]


def test_sharing_for_reading(sign_in, user, other_user, postroom, english, mailbox):
    mailbox.append(letter("For both of us"))
    account = postroom.connect(mailbox, user=user)
    owner = Person(sign_in(user, english), english)
    owner.page.goto(f"{postroom.url}/#/accounts")
    owner.button("Settings").first.click()
    window = owner.page.get_by_role("dialog").last
    sharing = owner.group("Shared with", window)
    expect(sharing.get_by_text("Nobody yet.")).to_be_visible()
    owner.field("User name", sharing).fill("nobody-of-that-name")
    owner.button("Share", sharing).click()
    expect(owner.field("User name", sharing)).to_have_attribute("aria-invalid", "true")
    owner.field("User name", sharing).fill(other_user)
    owner.button("Share", sharing).click()
    expect(sharing.get_by_role("listitem").filter(has_text=other_user)).to_be_visible()
    assert [(share["userName"], share["right"]) for share in postroom.get(f"{account.path}/shares", user=user)["shares"]] == [(other_user, "read")]

    guest = Person(sign_in(other_user, english), english)
    guest.open_panel()
    guest.message("For both of us").click(timeout=30_000)
    expect(guest.page.get_by_role("article").get_by_text("Hello")).to_be_visible()
    # To open it is no change, and nobody is told of one that was refused.
    expect(guest.page.get_by_role("alert")).to_have_count(0)
    assert "$seen" not in account.find("For both of us")["keywords"]

    # The owner gives more; the list tells it.
    sharing.get_by_label(re.compile(f"Right of {other_user}")).select_option("write")
    expect(sharing.get_by_label(re.compile(f"Right of {other_user}"))).to_have_value("write")
    guest.page.goto(f"{postroom.url}/#/accounts")
    card = guest.page.get_by_role("listitem", name=mailbox.address)
    expect(card.get_by_text("Read and change")).to_be_visible()
    card.get_by_role("button", name=re.compile("Actions")).click()
    guest.page.get_by_role("menuitem", name="Leave").click()
    guest.button("Leave", guest.page.get_by_role("dialog").last).click()
    expect(card).to_be_hidden()
    assert postroom.get(f"{account.path}/shares", user=user)["shares"] == []
