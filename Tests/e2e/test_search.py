"""What a search looks through, what the mail server is asked for, and the files inside other files."""
import binascii
import time
from urllib.parse import quote

from support.bed import eventually
from support.letters import letter


def found(account, text):
    answer = account.call(("Email/query", {"filter": {"text": text}, "calculateTotal": True}))[0]
    return answer["total"]


def read(postroom, account, text):
    return postroom.get(f"{account.path}/search-filter?query={quote(text)}")


def test_history_is_searchable_after_it_is_listed(postroom, mailbox):
    for number in range(70):
        mailbox.append(letter(f"number {number}", "Просим оплатить счета до пятницы"))
    account = postroom.connect(mailbox)
    eventually(lambda: read(postroom, account, "x")["coverage"]["isComplete"], "a complete index")
    assert read(postroom, account, "x")["coverage"] == {"emails": 70, "indexed": 70, "missing": 0, "isComplete": True}
    assert found(account, "счёт") == found(account, "number") == 70


def test_the_mail_server_is_asked(postroom, mailbox):
    mailbox.append(letter("pear tree", "the partridge"))
    mailbox.append(letter("apple tree"))
    account = postroom.connect(mailbox)
    pear = account.find("pear tree")["id"]

    def ask(text):
        return postroom.get(f"{account.path}/server-search?query={quote(text)}")

    assert ask("partridge") == {"emailIds": [pear], "missing": 0}
    assert ask("subject:pear partridge") == {"emailIds": [pear], "missing": 0}
    assert len(ask("tree")["emailIds"]) == 2
    assert ask("walrus") == {"emailIds": [], "missing": 0}
    assert postroom.request("GET", f"{account.path}/server-search?query={quote('a OR b')}").status_code == 422


def test_one_connection_hears_of_other_folders(postroom, mailbox):
    """The servers of the tests have NOTIFY: nothing is looked at in turn for a minute."""
    mailbox.append(letter("here"))
    account = postroom.connect(mailbox)
    time.sleep(1)
    mailbox.append(letter("over there"), folder="Archive")
    account.wait_for("over there", folder="archive")


def test_how_fresh_an_account_is(postroom, mailbox):
    mailbox.append(letter("old"))
    account = postroom.connect(mailbox)
    assert account.told()["status"]["lag"] is None
    time.sleep(1)
    mailbox.append(letter("new"))
    account.wait_for("new")
    eventually(lambda: account.told()["status"]["lag"] is not None, "the lag", patience=60)
    assert 0 <= account.told()["status"]["lag"] < 30_000
    assert "postroom_account_lag_seconds" in postroom.request("GET", "/metrics").text


def test_a_uuencoded_file_in_a_text_is_a_file(postroom, mailbox):
    content = b"inside the text\n"
    coded = binascii.b2a_uu(content).decode()
    source = letter("uu", f"See the file.\n\nbegin 644 notes.txt\n{coded}`\nend")
    mailbox.append(source)
    account = postroom.connect(mailbox)
    email = account.find("uu")
    told = account.call(("Email/get", {"ids": [email["id"]], "properties": ["attachments", "hasAttachment"]}))[0]["list"][0]
    assert [part["name"] for part in told["attachments"]] == ["notes.txt"]
    assert account.download(told["attachments"][0]["blobId"]) == content
