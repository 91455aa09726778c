"""Mail clients of other people on Postroom's JMAP: jmapc and jmaplib connect, list, search, set, send and listen.

Neither knows Postroom. jmapc looks for its session at https only, so it is handed the session that it would have fetched.
"""
import threading

import jmapc
import pytest
import requests
from jmap.auth import BasicAuth
from jmap.client import JMAPClient
from jmap.push import EventSourceClient
from jmapc import methods

from support.bed import eventually
from support.letters import letter
from support.postroom import PASSWORD


@pytest.fixture
def pair(postroom, mailbox, other_mailbox):
    provider = postroom.provider()
    return postroom.connect(mailbox, provider), postroom.connect(other_mailbox, provider)


def client_of(account):
    """jmapc for the account of these tests; its user has others too."""
    server = account.postroom
    told = requests.get(f"{server.url}/.well-known/jmap", auth=(account.user, PASSWORD), timeout=30).json()
    told["primaryAccounts"] = dict.fromkeys(told["primaryAccounts"], account.jmap_id)
    client = jmapc.Client.create_with_password("unused", user=account.user, password=PASSWORD)
    client.__dict__["jmap_session"] = jmapc.client.Session.from_dict(told)
    return client


def library_of(account):
    return JMAPClient.connect(
        f"{account.postroom.url}/.well-known/jmap", auth=BasicAuth(account.user, PASSWORD), account_id=account.jmap_id)


def test_jmapc_writes_sends_and_finds(pair):
    anna, boris = pair
    client = client_of(anna)
    folders = {folder.role: folder.id for folder in client.request(methods.MailboxGet(ids=None), raise_errors=True).data}
    identity = client.request(methods.IdentityGet(), raise_errors=True).data[0]
    assert identity.email == anna.address
    draft = jmapc.Email(
        mail_from=[jmapc.EmailAddress(email=anna.address)], to=[jmapc.EmailAddress(email=boris.address)], subject="From jmapc",
        keywords={"$draft": True}, mailbox_ids={folders["drafts"]: True}, body_values={"t": jmapc.EmailBodyValue(value="Wer klopft?")},
        text_body=[jmapc.EmailBodyPart(part_id="t", type="text/plain")])
    results = client.request([
        methods.EmailSet(create={"d": draft}),
        methods.EmailSubmissionSet(
            create={"s": jmapc.EmailSubmission(email_id="#d", identity_id=identity.id)},
            on_success_update_email={"#s": {
                f"mailboxIds/{folders['drafts']}": None, f"mailboxIds/{folders['sent']}": True, "keywords/$draft": None}})],
        raise_errors=True)
    submission = results[1].response.created["s"]
    assert submission.undo_status in (jmapc.UndoStatus.PENDING, jmapc.UndoStatus.FINAL)

    reader = client_of(boris)

    def arrived():
        found = reader.request(methods.EmailQuery(
            filter=jmapc.EmailQueryFilterCondition(text="klopft"), sort=[jmapc.Comparator(property="receivedAt", is_ascending=False)]),
            raise_errors=True)
        return found.ids
    email_id = eventually(arrived, "the message that jmapc sent")[0]
    email = reader.request(methods.EmailGet(ids=[email_id], fetch_text_body_values=True), raise_errors=True).data[0]
    assert email.subject == "From jmapc"
    assert email.body_values[email.text_body[0].part_id].value.strip() == "Wer klopft?"
    snippets = reader.request(methods.SearchSnippetGet(
        ids=[email_id], filter=jmapc.EmailQueryFilterCondition(text="klopft")), raise_errors=True)
    assert "<mark>klopft</mark>" in snippets.data[0].preview
    changed = reader.request(methods.EmailSet(update={email_id: {"keywords/$seen": True}}), raise_errors=True)
    assert email_id in changed.updated


def test_jmapc_carries_files(pair, tmp_path):
    anna, _ = pair
    client = client_of(anna)
    original = tmp_path / "смета.bin"
    original.write_bytes(bytes(range(256)) * 50)
    blob = client.upload_blob(original)
    folders = {folder.role: folder.id for folder in client.request(methods.MailboxGet(ids=None), raise_errors=True).data}
    made = client.request(methods.EmailSet(create={"d": jmapc.Email(
        subject="With a file", mailbox_ids={folders["drafts"]: True}, attachments=[jmapc.EmailBodyPart(
            blob_id=blob.id, name="смета.bin", type="application/octet-stream", disposition="attachment")])}), raise_errors=True)
    email = client.request(methods.EmailGet(ids=[made.created["d"].id]), raise_errors=True).data[0]
    client.download_attachment(email.attachments[0], tmp_path / "copy.bin")
    assert (tmp_path / "copy.bin").read_bytes() == original.read_bytes()


def test_jmapc_hears_of_new_mail(pair):
    anna, _ = pair
    client = client_of(anna)
    heard = []

    def listen():
        for event in client.events:
            heard.append(event.data.changed)
            if any(states.email for states in event.data.changed.values()):
                return
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()

    def told():
        anna.mailbox.append(letter("Knock"))
        return any(anna.jmap_id in changed for changed in heard)
    eventually(told, "an event for the delivery", patience=60)


def test_jmaplib_lists_searches_and_changes(pair):
    anna, _ = pair
    anna.mailbox.append(letter("The walnut desk"))
    anna.wait_for("The walnut desk")
    with library_of(anna) as client:
        with client.batch() as batch:
            folders = batch.mail.mailbox.get(ids=None)
            found = batch.mail.email.query(filter={"subject": "walnut"}, limit=10)
            emails = batch.mail.email.get(ids=found.ref_ids(), properties=["subject", "from", "receivedAt", "threadId"])
            threads = batch.mail.thread.get(ids=emails.ref_list("threadId"))
        assert {"inbox", "drafts", "sent", "trash"} <= {folder.role for folder in folders.result.items}
        assert [email.subject for email in emails.result.items] == ["The walnut desk"]
        assert threads.result.items[0].email_ids == [emails.result.items[0].id]
        state, email_id = emails.result.state, emails.result.items[0].id
        with client.batch() as batch:
            batch.mail.email.set(update={email_id: {"keywords/$flagged": True}})
            changes = batch.mail.email.changes(since_state=state)
        assert changes.result.updated == [email_id]
    anna.mailbox.wait_for("The walnut desk", having="\\Flagged")


def test_jmaplib_listens(pair):
    anna, _ = pair
    with library_of(anna) as client:
        heard = threading.Event()

        def listen():
            for event in EventSourceClient(client, types=("Email",)).events():
                if anna.jmap_id in getattr(event, "changed", {}):
                    heard.set()
                    return
        threading.Thread(target=listen, daemon=True).start()

        def told():
            anna.mailbox.append(letter("Knock knock"))
            return heard.is_set()
        eventually(told, "an event for the delivery", patience=60)
