"""Mail servers that say what they are told to, for what real ones will not do: each sign-in, folder or sender answer as a script.

    with ScriptedIMAP(sign_in="NO [ALERT] ...") as server: server.port
"""
import socket
import threading


class Scripted:
    def __init__(self, **answers):
        self.answers = answers
        self.said = []

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rwb") as line:
            def say(text):
                line.write(text.encode() + b"\r\n")
                line.flush()

            try:
                self.talk(line, say)
            except (OSError, ValueError):
                pass

    def read(self, line):
        text = line.readline().decode().rstrip("\r\n")
        if not text:
            raise ValueError("the client left")
        self.said.append(text)
        return text


    @staticmethod
    def read_any(line):
        text = line.readline()
        if not text:
            raise ValueError("the client left")
        return text.decode(errors="replace").rstrip("\r\n")


class ScriptedIMAP(Scripted):
    """`greeting`, `capabilities`, `sign_in`, `list`, `examine`: the tagged answer without its tag. `message`: octets that the only message has, whatever its size says."""

    SIZE = 4000

    def fetch(self, items, line, say):
        told = f'UID 1 FLAGS () INTERNALDATE "20-Nov-2026 10:00:00 +0000" RFC822.SIZE {self.SIZE}'
        if "ENVELOPE" in items:
            told += (f' BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" {self.SIZE} 100)'
                     ' ENVELOPE ("Fri, 20 Nov 2026 10:00:00 +0000" "larger than it says" (("A" NIL "a" "b.test")) NIL NIL NIL NIL NIL NIL "<a@b.test>")')
        if "BODY.PEEK[]" not in items:
            return say(f"* 1 FETCH ({told})")
        line.write(f"* 1 FETCH ({told} BODY[] {{{self.answers['message']}}}\r\n".encode())
        for left in range(self.answers["message"], 0, -1_000_000):
            line.write(b"x" * min(left, 1_000_000))
        say(")")

    def talk(self, line, say):
        told = self.answers
        capabilities = told.get("capabilities", "IMAP4rev1 SASL-IR AUTH=PLAIN")
        greeting = told.get("greeting", f"* OK [CAPABILITY {capabilities}] ready")
        if greeting is None:
            return
        say(greeting)
        while True:
            tag, verb, *rest = self.read(line).split(" ")
            verb = verb.upper()
            if verb == "CAPABILITY":
                say(f"* CAPABILITY {capabilities}")
                say(f"{tag} OK done")
            elif verb in ("AUTHENTICATE", "LOGIN"):
                if verb == "AUTHENTICATE" and len(rest) == 1:
                    say("+ ")
                    self.read(line)
                say(f"{tag} {told.get('sign_in', 'OK signed in')}")
            elif verb == "LIST":
                say('* LIST (\\HasNoChildren) "/" INBOX')
                say(f"{tag} {told.get('list', 'OK done')}")
            elif verb in ("EXAMINE", "SELECT"):
                if "examine" not in told:
                    count = 1 if "message" in told else 0
                    for text in (f"* {count} EXISTS", "* 0 RECENT", "* OK [UIDVALIDITY 1] v", f"* OK [UIDNEXT {count + 1}] n", "* FLAGS (\\Seen)"):
                        say(text)
                say(f"{tag} {told.get('examine', 'OK done')}")
            elif verb == "UID" and rest[0].upper() == "FETCH":
                self.fetch(" ".join(rest).upper(), line, say)
                say(f"{tag} OK done")
            elif verb == "LOGOUT":
                say("* BYE bye")
                say(f"{tag} OK done")
                return
            else:
                say(f"{tag} OK done")


class ScriptedSMTP(Scripted):
    """`greeting`, `ehlo` (list of lines), `sign_in`, `mail`, `rcpt`."""

    def talk(self, line, say):
        told = self.answers
        say(told.get("greeting", "220 ready ESMTP"))
        while True:
            text = self.read(line)
            verb = text.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                lines = told.get("ehlo", ["made.up", "AUTH PLAIN", "8BITMIME"])
                for index, answer in enumerate(lines):
                    say(f"250{' ' if index == len(lines) - 1 else '-'}{answer}")
            elif verb == "AUTH":
                if len(text.split(" ")) == 2:
                    say("334 ")
                    self.read(line)
                say(told.get("sign_in", "235 2.7.0 welcome"))
            elif verb == "MAIL":
                say(told.get("mail", "250 2.1.0 fine"))
            elif verb == "RCPT":
                say(told.get("rcpt", "250 2.1.5 fine"))
            elif verb == "DATA":
                say("354 go on")
                while self.read_any(line) != ".":
                    pass
                say("250 2.0.0 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")
