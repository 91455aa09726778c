"""Whether server and store agree, and what became of everything that was to be sent."""
import collections
import email
import email.policy
import imaplib
import re
import time

FLAGS = {"\\Seen": "$seen", "\\Flagged": "$flagged", "\\Answered": "$answered", "\\Draft": "$draft"}


def on_server(mailbox):
    """Counter of (folder, Message-ID, flags)."""
    found = collections.Counter()
    imap = imaplib.IMAP4("127.0.0.1", mailbox.bed.ports["imap"])
    imap.login(mailbox.login, mailbox.password)
    for line in imap.list()[1]:
        folder = line.decode().rsplit(" ", 1)[1].strip('"')
        imap.select(f'"{folder}"', readonly=True)
        for part in imap.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]:
            if isinstance(part, tuple):
                flags = part[0].decode().split("FLAGS (")[1].split(")")[0].split()
                header = email.message_from_bytes(part[1], policy=email.policy.default)
                found[folder, str(header["message-id"] or "").strip().strip("<>"), tuple(sorted(FLAGS[f] for f in flags if f in FLAGS))] += 1
    imap.logout()
    return found


def in_store(account):
    """The same by JMAP; an email in several folders counts in each."""
    answer = account.call(("Mailbox/get", {"ids": None}))[0]["list"]
    names, parents = {m["id"]: m["name"] for m in answer}, {m["id"]: m["parentId"] for m in answer}

    def path(mailbox_id):
        name = "INBOX" if names[mailbox_id].upper() == "INBOX" else names[mailbox_id]
        return f"{path(parents[mailbox_id])}/{name}" if parents[mailbox_id] else name
    found, position = collections.Counter(), 0
    roles = {m["id"]: "INBOX" if m["role"] == "inbox" else path(m["id"]) for m in answer}
    while True:
        query, got = account.call(
            ("Email/query", {"position": position, "limit": 400, "sort": [{"property": "receivedAt"}]}),
            ("Email/get", {"#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"}, "properties": ["mailboxIds", "keywords", "messageId"]}))
        for item in got["list"]:
            flags = tuple(sorted(k for k in item["keywords"] if k in FLAGS.values()))
            for mailbox_id in item["mailboxIds"]:
                found[roles[mailbox_id], (item["messageId"] or [""])[0], flags] += 1
        position += len(query["ids"])
        if len(query["ids"]) < 400:
            return found


def difference(mailbox, account, patience=120):
    """Nothing once both hold the same; else what differs at the end of the patience."""
    deadline = time.monotonic() + patience
    while True:
        server, store = on_server(mailbox), in_store(account)
        if server == store:
            return []
        if time.monotonic() > deadline:
            return [f"only on the server: {key} x{count}" for key, count in (server - store).items()] + [
                f"only in the store: {key} x{count}" for key, count in (store - server).items()]
        account.postroom.post(f"{account.path}/sync", user=account.user)
        time.sleep(1)


def outbox_problems(account, mailbox, recipient, tried, patience=60):
    """Sent twice, lost, still waiting, or without its one copy in Sent."""
    deadline = time.monotonic() + patience
    while True:
        submissions = account.postroom.get(f"{account.path}/submissions", user=account.user)["submissions"]
        if all(s["state"] in ("sent", "unknown", "refused", "canceled") for s in submissions) or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    messages = recipient.messages()
    arrived = collections.Counter(message["subject"] for message in messages)
    while True:
        # The copy is queued when the message is sent, and goes to the server with the account's next turn.
        kept = collections.Counter(message["subject"] for message in mailbox.messages("Sent"))
        if all(kept[s["subject"]] for s in submissions if s["state"] == "sent") or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    # Postfix itself delivers again what a frozen Dovecot took without saying so: what counts is how often it was handed to Postfix.
    handed = collections.Counter(re.findall(r"cleanup\[\d+\]: \S+ message-id=(<\S+>)", open(f"{mailbox.bed.folder}/log/postfix.log").read()))
    ids = {message["subject"]: message["messageId"] for message in messages}
    problems = [
        f"{subject} was sent {handed[ids[subject]]} times and arrived {count} times" for subject, count in arrived.items()
        if subject in tried and (handed[ids[subject]] > 1 or count > 1 and not handed[ids[subject]])]
    unknown = 0
    for submission in submissions:
        subject, state = submission["subject"], submission["state"]
        if state == "unknown":
            unknown += 1
        elif state != "sent":
            problems.append(f"{subject} is {state}: {submission['diagnosis']}")
        elif not arrived[subject]:
            problems.append(f"{subject} is called sent and never arrived")
        elif kept[subject] != 1:
            problems.append(f"{subject} has {kept[subject]} copies in Sent")
    return problems, {"tried": len(tried), "accepted": len(submissions), "arrived": sum(arrived[s] > 0 for s in tried), "unknown": unknown}
