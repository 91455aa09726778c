"""A thousand clients on the event source (RFC 8620 §7.3): each hears of a change soon, and they cost the server little."""
import asyncio
import base64
import resource
import time
from urllib.parse import urlparse

from support.bed import eventually
from support.letters import letter
from support.postroom import PASSWORD

CLIENTS = 1000


async def listen(place, connected, done):
    """One client: tells when it is connected, and when it has heard of an email."""
    sign_in = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write((f"GET /jmap/eventsource?types=Email&closeafter=no&ping=0 HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Basic {sign_in}\r\n"
                  "Accept: text/event-stream\r\n\r\n").encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0], head
    while await reader.readline() != b":\n":  # The stream's first words: from here on nothing is missed.
        pass
    connected.append(time.monotonic())
    while b'"Email"' not in await reader.readline():
        pass
    done.append(time.monotonic())
    writer.close()


def test_a_thousand_clients(own_postroom, mailbox):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    postroom = own_postroom.serve()
    account = postroom.connect(mailbox)
    before = postroom.memory()
    place = urlparse(postroom.url)
    connected, done, report = [], [], {}

    async def run():
        tasks = [asyncio.create_task(listen(place, connected, done)) for _ in range(CLIENTS)]
        async with asyncio.timeout(120):
            while len(connected) < CLIENTS:
                await asyncio.sleep(0.05)
                for task in tasks:
                    if task.done() and task.exception():
                        raise task.exception()
        report["memory"] = postroom.memory() - before
        report["began"] = time.monotonic()
        await asyncio.to_thread(account.call, ("Email/set", {"create": {"d": {
            "mailboxIds": {account.folders()["drafts"]: True}, "subject": "To all", "bodyValues": {"1": {"value": "x"}},
            "textBody": [{"partId": "1", "type": "text/plain"}]}}}))
        await asyncio.wait_for(asyncio.gather(*tasks), 60)
    asyncio.run(run())
    last = max(done) - report["began"]
    each = report["memory"] / CLIENTS
    print(f"{CLIENTS} clients: the last heard after {last * 1000:.0f} ms; {each / 1024:.0f} KB each")
    assert last < 10, f"the last client heard after {last:.1f} s"
    assert each < 200 * 1024, f"{each / 1024:.0f} KB a client"
    # They are gone, and the server goes on.
    mailbox.append(letter("Afterwards"))
    account.wait_for("Afterwards")
    eventually(lambda: postroom.memory() < before + 2 * report["memory"] + 50_000_000, "the memory to stay bounded")
