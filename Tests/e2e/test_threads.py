"""RFC 8621 §3: a message that shows that two conversations are one. What changes its thread is made anew under a new id."""
from support.bed import eventually


def part(name, *references):
    named = f"In-Reply-To: <{references[-1]}@threads>\nReferences: {' '.join(f'<{other}@threads>' for other in references)}\n" if references else ""
    return (f"From: Someone <someone@example.test>\nTo: you@example.test\nSubject: {name}\nMessage-ID: <{name}@threads>\n{named}\n"
            f"the words of {name}\n")


def present(account, *ids):
    return account.postroom.get(f"{account.path}/email-ids?ids={','.join(ids)}")["emailIds"]


def test_threads_that_grow_together(postroom, bed):
    mailbox = bed.fresh_mailbox()
    for source in (part("plan"), part("answer", "plan"), part("other")):
        mailbox.append(source)
    account = postroom.connect(mailbox)
    plan, answer, other = (account.wait_for(subject) for subject in ("plan", "answer", "other"))
    assert plan["threadId"] == answer["threadId"] != other["threadId"]
    source = account.download(other["blobId"])
    account.update(other["id"], **{"keywords/$flagged": True})
    asked = account.call(("Email/get", {"ids": []}), ("Thread/get", {"ids": []}), ("Mailbox/get", {"ids": []}))
    states = [answer["state"] for answer in asked]

    mailbox.append(part("joiner", "answer", "other"))
    joiner = account.wait_for("joiner")
    assert joiner["threadId"] == plan["threadId"]
    now = account.find("other")
    assert now["id"] != other["id"] and now["threadId"] == plan["threadId"] and "$flagged" in now["keywords"]
    assert account.download(now["blobId"]) == source
    emails, threads, got, thread = account.call(
        ("Email/changes", {"sinceState": states[0]}), ("Thread/changes", {"sinceState": states[1]}),
        ("Email/get", {"ids": [other["id"], now["id"]], "properties": ["threadId"]}), ("Thread/get", {"ids": [plan["threadId"], other["threadId"]]}))
    assert emails["destroyed"] == [other["id"]] and sorted(emails["created"]) == sorted([joiner["id"], now["id"]])
    assert threads["destroyed"] == [other["threadId"]] and threads["updated"] == [plan["threadId"]] and threads["created"] == []
    assert got["notFound"] == [other["id"]] and [email["id"] for email in got["list"]] == [now["id"]]
    assert sorted(thread["list"][0]["emailIds"]) == sorted(email["id"] for email in (plan, answer, now, joiner))
    assert thread["notFound"] == [other["threadId"]]
    assert present(account, other["id"], plan["id"], "e999999") == {other["id"]: now["id"], plan["id"]: plan["id"], "e999999": None}
    counts = account.call(("Mailbox/get", {"ids": [account.folders()["inbox"]]}))[0]["list"][0]
    assert (counts["totalEmails"], counts["totalThreads"]) == (4, 1)
    # Found by its words under the new id, and what was asked of it before has reached the server.
    eventually(lambda: account.call(("Email/query", {"filter": {"text": "\"words of other\""}}))[0]["ids"] == [now["id"]], "the words of the message")
    eventually(lambda: any(message["subject"] == "other" and "\\Flagged" in message["flags"] for message in mailbox.messages()), "the flag")
    account.update(now["id"], **{"keywords/$seen": True})
    eventually(lambda: any(message["subject"] == "other" and "\\Seen" in message["flags"] for message in mailbox.messages()), "the second flag")
    account.call(("Email/set", {"destroy": [now["id"]]}))
    assert present(account, other["id"]) == {other["id"]: None}
    eventually(lambda: "other" not in mailbox.subjects(), "the message to go")


def test_the_first_look_at_a_folder_knows_its_conversations(postroom, bed):
    """Messages that only References join, beyond In-Reply-To, are one conversation before their sources are here."""
    mailbox = bed.fresh_mailbox()
    mailbox.append(part("first"))
    account = postroom.connect(mailbox)
    account.wait_for("first")
    with mailbox.imap() as imap:
        imap.create("Later")
    for source in (part("left", "root", "left-parent"), part("right", "root", "right-parent")):
        mailbox.append(source, folder="Later")
    account.postroom.post(f"{account.path}/sync")
    emails = eventually(lambda: len(account.emails("Later")) == 2 and account.emails("Later"), "the messages")
    assert emails[0]["threadId"] == emails[1]["threadId"]
    assert present(account, *(email["id"] for email in emails)) == {email["id"]: email["id"] for email in emails}
