import Foundation
import MailProtocol
import MailTransport
import Testing

@Suite("Recorded SMTP sessions drive our client")
struct SMTPReplayTests {
    struct Session: Decodable, Sendable, CustomTestStringConvertible {
        struct Turn: Decodable, Sendable { var c: String, file: String? }
        var proto: String, name: String, exchange: [Turn]
        var testDescription: String { name }

        /// The server's answers by the client's verb, in order; SASL answers come under "".
        func answers() -> [(verb: String, text: String)] {
            exchange.map { turn in
                let words = turn.c.split(separator: " ").first.map { $0.uppercased().trimmingCharacters(in: .whitespacesAndNewlines) } ?? ""
                let known = [
                    "EHLO", "HELO", "AUTH", "MAIL", "RCPT", "DATA", ".", "NOOP", "RSET", "QUIT", "STARTTLS", "VRFY", "EXPN", "BDAT",
                ]
                let text = turn.file.flatMap {
                    try? String(contentsOf: SMTPReplayTests.folder.appending(path: "mailkit/" + $0), encoding: .utf8)
                }
                return (known.contains(words) ? words : words.isEmpty && turn.c.isEmpty ? "greeting" : "", text ?? "")
            }
        }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "MailProtocolTests/Corpus/smtp")

    static let sessions: [Session] = {
        let text = (try? String(contentsOf: folder.appending(path: "mailkit-sessions.jsonl"), encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isNewline).compactMap { try? JSONDecoder().decode(Session.self, from: Data($0.utf8)) }
    }()

    /// Sessions by what a client with a login, a password and one message makes of them; all others end accepted.
    private static let endings: [String: String] = [
        // No EHLO, so no AUTH: the password has nowhere to go.
        "SmtpClientTests.TestStartTlsNotSupported": "refused", "SmtpClientTests.CreateHeloFallbackCommands": "refused",
        "SmtpClientTests.CreateHeloErrorHandlingCommands": "refused",
        "SmtpClientTests.CreateAuthenticationFailedCommands": "refused", "SmtpClientTests.CreateSaslMechanismTooWeakCommands": "refused",
        // The server asks DIGEST-MD5's question whatever mechanism is named.
        "SmtpClientTests.CreateSaslExceptionProperlyResetsCommands": "refused",
    ]

    @Test("every session ends in a typed outcome", arguments: sessions)
    func replay(_ session: Session) async throws {
        let outcome = try await ScriptedServer.run { peer in
            var answers = session.answers()
            func answer(_ verb: String) -> String? {
                answers.firstIndex { $0.verb == verb }.map { answers.remove(at: $0).text }
            }
            /// What a polite server says where the recording has no more.
            let polite = [
                "EHLO": "250-x\r\n250 AUTH PLAIN LOGIN\r\n", "AUTH": "235 ok\r\n", "DATA": "354 go\r\n", "QUIT": "221 bye\r\n",
                "": "235 ok\r\n",
            ]
            try await peer.say(answer("greeting") ?? "220 x\r\n")
            while true {
                let line = try await peer.line()
                let verb = line.split(separator: " ").first.map { $0.uppercased() } ?? ""
                let isCommand = ["EHLO", "HELO", "AUTH", "MAIL", "RCPT", "DATA", "NOOP", "RSET", "QUIT"].contains(verb)
                let reply = answer(isCommand ? verb : "") ?? polite[isCommand ? verb : ""] ?? "250 ok\r\n"
                try await peer.say(reply)
                guard verb == "DATA", reply.hasPrefix("354") else { continue }
                _ = try await peer.message()
                try await peer.say(answer(".") ?? "250 ok\r\n")
            }
        } body: { server in
            var options = SMTPOptions(connection: .loopback())
            options.allowsPlaintextCredentials = true
            // A session recorded with LOGIN alone has nothing to say to PLAIN.
            let mechanisms = session.exchange.filter { $0.c.hasPrefix("AUTH ") }.compactMap {
                $0.c.split(whereSeparator: \.isWhitespace).dropFirst().first
            }
            if mechanisms.first == "LOGIN" { options.onlyMechanisms = [.login] }
            let client = SMTPClient(
                endpoint: server.endpoint(), credentials: .password(login: "username", password: Secret("password")), options: options)
            let envelope = SMTPEnvelope(mailFrom: "sender@example.com", recipients: [.init("recipient@example.com")])
            return await client.send(envelope, message: Array("Subject: x\r\n\r\nx\r\n".utf8))
        }
        #expect(outcome.word == Self.endings[session.name] ?? "accepted", "\(outcome)")
    }

    @Test("nothing of the recording was passed over")
    func complete() { #expect(Self.sessions.count == 19) }
}
