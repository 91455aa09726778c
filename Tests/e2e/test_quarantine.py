"""Messages that a server won't give, and servers that take few connections."""
from support.bed import Mailbox, eventually
from support.letters import letter
from support.scripted import ScriptedIMAP, ScriptedSMTP


def test_a_message_that_the_server_refuses(postroom, mailbox, unreadable):
    for number in range(6):
        mailbox.append(letter(f"letter {number}"))
    uid = int(mailbox.search("SUBJECT", '"letter 3"')[0])
    unreadable(mailbox, "letter 3")
    account = postroom.connect(mailbox, caught_up=False)
    eventually(lambda: account.phase() == "upToDate", "the account to be up to date", 90)
    assert len(account.emails()) == 6 and {f"letter {number}" for number in (0, 1, 2, 4, 5)} < {email["subject"] for email in account.emails()}
    held = postroom.get(f"{account.path}/quarantine")
    assert held["total"] == 1 and account.told()["quarantined"] == 1
    message = held["messages"][0]
    assert message["copies"] == [{"folder": "INBOX", "name": "INBOX", "role": "inbox", "uid": uid}]
    assert "Internal error" in message["reason"] and message["since"] and message["emailId"].startswith("e")

    # The doctor and the command line tell it too.
    stages = postroom.post(f"{account.path}/doctor", {})["stages"]
    stage = next(stage for stage in stages if stage["stage"] == "sync")
    assert stage["verdict"] == "warning" and stage["diagnosis"]["code"] == "messages-quarantined" and f"INBOX UID {uid}" in stage["evidence"]
    assert postroom.json("account", "show", mailbox.address)["quarantine"] == held["messages"]
    assert "Internal error" in postroom.run("account", "quarantine", mailbox.address)

    # Mail goes on meanwhile.
    mailbox.append(letter("after it"))
    account.wait_for("after it")

    # Tried again while it is as bad as before: it comes back here. Then it can be read.
    assert postroom.post(f"{account.path}/quarantine/retry", {"emailIds": [message["emailId"]]}) == {"retried": 1}
    eventually(lambda: [one["since"] > message["since"] for one in postroom.get(f"{account.path}/quarantine")["messages"]] == [True],
               "the message to be quarantined once more", 60)
    unreadable.back()
    assert postroom.json("account", "quarantine", mailbox.address, "--retry") == {"retried": 1}
    account.wait_for("letter 3")
    assert postroom.get(f"{account.path}/quarantine") == {"messages": [], "total": 0}
    assert all(stage["stage"] != "sync" for stage in postroom.post(f"{account.path}/doctor", {})["stages"])


def test_a_message_without_end(own_postroom):
    """A server that says 4,000 octets and sends 300 MB: they pass by, the message is held, and nothing else suffers."""
    server = own_postroom.serve()
    with ScriptedIMAP(message=300_000_000) as imap, ScriptedSMTP() as smtp:
        servers = {side: {"host": "127.0.0.1", "port": script.port, "security": "none"} for side, script in (("imap", imap), ("smtp", smtp))}
        provider = server.post("/api/v1/providers", {"name": "Endless", **servers})
        before = server.memory("VmHWM")
        account = server.connect(Mailbox(None, "a", "a@endless.test", "a", "secret", "/"), provider, caught_up=False)
        held = eventually(lambda: (told := server.get(f"{account.path}/quarantine"))["total"] and told, "the message to be held", 90)
        assert [copy["uid"] for copy in held["messages"][0]["copies"]] == [1]
        eventually(lambda: account.phase() == "upToDate", "the account to be up to date")
        assert [email["subject"] for email in account.emails()] == ["larger than it says"]
        assert server.memory("VmHWM") - before < 100_000_000


def test_one_connection_is_enough(postroom, bed, mailbox):
    """Dovecot takes a single connection of each user here: the mirror lends its own to whoever looks for something."""
    for number in range(3):
        mailbox.append(letter(f"narrow {number}"))
    smtp = {"host": "127.0.0.1", "port": bed.ports["submissions"], "security": "ssl"}
    account = postroom.connect(mailbox, provider=postroom.provider(host=bed.narrow_host, smtp=smtp))
    before = bed.log.stat().st_size
    for _ in range(3):
        found = postroom.get(f"{account.path}/server-search?query=subject:narrow")
        assert len(found["emailIds"]) == 3
    mailbox.append(letter("narrow and new"))
    account.wait_for("narrow and new")
    eventually(lambda: account.phase() == "upToDate", "the account to be up to date")
    assert account.told()["status"]["diagnosis"] is None
    with bed.log.open() as log:
        log.seek(before)
        refused = sum("Maximum number of connections" in line and mailbox.address in line for line in log)
    # The first one finds out; the others come out of the smaller budget.
    assert 1 <= refused <= 5, refused


def test_conversations_worked_out_anew(postroom, mailbox):
    def said(name, *references):
        lines = [f"Message-ID: <{name}@threads.test>", "From: a@threads.test", "Subject: one subject"]
        return "\r\n".join(lines + ([f"References: {' '.join(f'<{one}@threads.test>' for one in references)}"] if references else []) + ["", name, ""]).encode()

    for source in (said("a"), said("b", "a"), said("c"), said("joiner", "b", "c")):
        mailbox.append(source)
    account = postroom.connect(mailbox)
    threads = lambda: sorted(len([1 for email in account.emails() if email["threadId"] == thread]) for thread in {email["threadId"] for email in account.emails()})
    assert threads() == [4]
    joiner = account.call(("Email/query", {"filter": {"header": ["Message-ID", "joiner@threads.test"]}}))[0]["ids"]
    assert len(joiner) == 1
    account.call(("Email/set", {"destroy": joiner}))
    eventually(lambda: len(account.emails()) == 3, "the message to be gone")
    state = account.call(("Thread/get", {"ids": []}))[0]["state"]
    told = postroom.json("account", "rethread", mailbox.address)
    assert told == {"address": mailbox.address, "emails": 3, "moved": 1, "createdThreads": 1, "destroyedThreads": 0}
    assert threads() == [1, 2]
    changes = account.call(("Thread/changes", {"sinceState": state}))[0]
    assert len(changes["created"]) == 1 and len(changes["updated"]) == 1 and changes["destroyed"] == []
    assert "nothing was changed" in postroom.run("account", "rethread", mailbox.address)
    assert postroom.request("POST", f"{account.path}/rethread", {"position": "x"}).status_code == 422
