"""A small world of made-up domains on one loopback address: their HTTPS documents on port 443, and TLS in front of mail servers on other ports.

    world.py CONFIG        prints "ready" when everything listens

CONFIG is JSON: {"address", "certificate", "key", "ca", "documents": {HOST: {PATH: ANSWER}}, "mail": {PORT: SERVER_PORT}}. The ports are the real
ones, because that is where programs look; the address is one that nothing else uses. An ANSWER has `status` (200), `body`, `location`, `delay` (seconds before
it), `repeat` (how often the body is sent). A mail connection is taken by TLS under the world's certificate and handed on by TLS to SERVER_PORT.
"""
import asyncio
import json
import ssl
import sys
from pathlib import Path


class World:
    def __init__(self, config):
        self.config = config
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(config["certificate"], config["key"])
        self.inner = ssl.create_default_context(cafile=config["ca"])
        self.inner.check_hostname = False

    async def run(self):
        address = self.config["address"]
        try:
            servers = [await asyncio.start_server(self.answer, address, 443, ssl=self.context)]
            for port, inner in self.config["mail"].items():
                servers.append(await asyncio.start_server(self.mail(inner), address, int(port), ssl=self.context))
        except OSError as error:
            sys.exit(f"{address}: the ports 443 and {', '.join(self.config['mail'])} are needed there, as root and unused: {error}")
        print("ready", flush=True)
        await asyncio.gather(*(server.serve_forever() for server in servers))

    async def answer(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            target = head.split(" ", 2)[1].split("?")[0]
            host = next((line[5:].strip().lower() for line in head.split("\r\n") if line.lower().startswith("host:")), "")
            told = self.config["documents"].get(host, {}).get(target, {"status": 404, "body": "not here"})
            await asyncio.sleep(told.get("delay", 0))
            body, repeat = told.get("body", "").encode(), told.get("repeat", 1)
            lines = [f"HTTP/1.1 {told.get('status', 200)} -", f"Content-Length: {len(body) * repeat}", "Connection: close"]
            if "location" in told:
                lines.append(f"Location: {told['location']}")
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            for _ in range(repeat):
                writer.write(body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, IndexError):
            pass
        finally:
            writer.close()

    def mail(self, port):
        async def connected(reader, writer):
            try:
                server_reader, server_writer = await asyncio.open_connection("127.0.0.1", port, ssl=self.inner)
                await asyncio.gather(pass_on(reader, server_writer), pass_on(server_reader, writer))
            except OSError:
                writer.close()

        return connected


async def pass_on(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(World(json.loads(Path(sys.argv[1]).read_text())).run())
