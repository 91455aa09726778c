"""A TCP proxy on loopback that misbehaves when told: faultproxy.py CONTROL_PORT NAME=LISTEN_PORT:SERVER_PORT ...

The control port takes one JSON object a line and answers with one, {"ok": true, ...}:

    {"name": "legacy", "set": {RULE: VALUE, ...}}   from now on; rules not named go back to their defaults
    {"name": "legacy", "cut": true}                 resets the live connections now
    {"name": "legacy"}                              tells {"live": N, "accepted": N}

Rules, where "up" is client to server and "down" is server to client:

    delay          seconds that each piece waits, both ways
    refuse         true: the port is closed, connecting is refused
    silent         true: connections are taken and nothing is ever said
    cut_after      {"up": BYTES} or {"down": BYTES}: resets the connection after that many
    stall_after    the same, but the connection stays open and nothing more passes
    cut_on         {"up": TEXT}: when the client has said TEXT the server gets it, its answer is swallowed, and the
                   connection is reset. "\\r\\n.\\r\\n" is the end of a message in SMTP
    drop_on        {"up": TEXT}: the connection is reset and the server never sees the end of TEXT
"""
import asyncio
import json
import socket
import struct
import sys

DEFAULTS = {"delay": 0, "refuse": False, "silent": False, "cut_after": {}, "stall_after": {}, "cut_on": {}, "drop_on": {}}


class Cut(Exception):
    """A rule asks for this connection's end."""


class Connection:
    def __init__(self, route, client):
        self.route, self.client, self.server = route, client, None
        self.swallow = False

    def reset(self):
        for _, writer in filter(None, (self.client, self.server)):
            if not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST, not FIN
                writer.transport.abort()

    def close(self):
        for _, writer in filter(None, (self.client, self.server)):
            writer.close()

    async def run(self):
        if self.route.rules["silent"]:
            await self.client[0].read()
            return
        self.server = await asyncio.open_connection("127.0.0.1", self.route.server_port)
        up = asyncio.create_task(self.pump("up", self.client[0], self.server[1]))
        down = asyncio.create_task(self.pump("down", self.server[0], self.client[1]))
        done, pending = await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        for task in done:
            task.result()

    async def pump(self, direction, reader, writer):
        passed, tail = 0, b""
        while piece := await reader.read(65536):
            rules = self.route.rules
            if direction == "down" and self.swallow:
                raise Cut
            await asyncio.sleep(rules["delay"])
            cut, stall = rules["cut_after"].get(direction), rules["stall_after"].get(direction)
            limit = min((n for n in (cut, stall) if n is not None), default=None)
            if limit is not None and passed + len(piece) > limit:
                writer.write(piece[: max(0, limit - passed)])
                await writer.drain()
                if limit == stall:
                    await asyncio.Event().wait()
                raise Cut
            if text := rules["drop_on"].get(direction, "").encode():
                if text in tail + piece:
                    writer.write(piece[: max(0, (tail + piece).index(text) - len(tail))])
                    await writer.drain()
                    raise Cut
            if text := rules["cut_on"].get(direction, "").encode():
                self.swallow = text in tail + piece
            tail = (tail + piece)[-100:]
            passed += len(piece)
            writer.write(piece)
            await writer.drain()


class Route:
    def __init__(self, name, listen_port, server_port):
        self.name, self.listen_port, self.server_port = name, listen_port, server_port
        self.rules, self.connections, self.accepted, self.listener = dict(DEFAULTS), set(), 0, None

    async def set(self, rules):
        if unknown := set(rules) - set(DEFAULTS):
            raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
        self.rules = DEFAULTS | rules
        if self.rules["refuse"] and self.listener:
            self.listener.close()
            self.listener = None
        elif not self.rules["refuse"] and not self.listener:
            self.listener = await asyncio.start_server(self.accept, "127.0.0.1", self.listen_port)

    async def accept(self, reader, writer):
        connection = Connection(self, (reader, writer))
        self.connections.add(connection)
        self.accepted += 1
        try:
            await connection.run()
        except (Cut, OSError):
            connection.reset()
        finally:
            connection.close()
            self.connections.discard(connection)


async def control(routes, reader, writer):
    while line := await reader.readline():
        try:
            order = json.loads(line)
            route = routes[order["name"]]
            if "set" in order:
                await route.set(order["set"])
            if order.get("cut"):
                for connection in list(route.connections):
                    connection.reset()
            answer = {"ok": True, "live": len(route.connections), "accepted": route.accepted}
        except (ValueError, KeyError, TypeError) as problem:
            answer = {"ok": False, "error": str(problem)}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    writer.close()


async def main(control_port, *words):
    routes = {}
    for word in words:
        name, ports = word.split("=")
        listen_port, server_port = map(int, ports.split(":"))
        routes[name] = Route(name, listen_port, server_port)
        await routes[name].set({})
    server = await asyncio.start_server(lambda r, w: control(routes, r, w), "127.0.0.1", int(control_port))
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
