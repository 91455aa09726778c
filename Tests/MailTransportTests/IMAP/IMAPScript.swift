import MailProtocol
import MailTransport
import NIOCore
import NIOSSL
import Synchronization

/// An IMAP server that says what a test writes down: an answer for each command, in which `TAG` stands for the command's tag.
struct IMAPScript: Sendable {
    var greeting = "* OK [CAPABILITY IMAP4rev1 LITERAL+ IDLE UIDPLUS ENABLE CONDSTORE NAMESPACE UNSELECT SASL-IR AUTH=PLAIN] ready\r\n"
    /// By how the command begins, after its tag; the longest match counts. Nil from a closure: say nothing.
    var answers: [String: String] = ["CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK done\r\n"]
    /// What is sent at most, after which the server hangs up.
    var cut = Int.max
    /// Speaks TLS behind its OK to STARTTLS.
    var tls: NIOSSLContext?
    /// Bytes said in all, by the command that was answered last.
    let said = Notebook<(command: String, bytes: Int)>()
    /// Commands, without their tags, as they came.
    let heard = Notebook<String>()

    /// What is answered to a command that no answer is written for.
    var fallback = "TAG OK done\r\n"

    func answer(to command: String) -> String {
        let key = answers.keys.filter { command.hasPrefix($0) }.max { $0.count < $1.count }
        return key.flatMap { answers[$0] } ?? fallback
    }

    func serve(_ peer: inout ScriptedServer.Peer) async throws {
        var budget = cut
        func say(_ text: String) async throws {
            let bytes = Array(text.utf8)
            try await peer.say(Array(bytes.prefix(budget)))
            budget -= min(budget, bytes.count)
            if budget == 0 { throw ScriptedServer.Peer.Gone() }
        }
        if !greeting.isEmpty { try await say(greeting) }
        var continued = ""
        while true {
            var line = try await peer.line()
            if line == "DONE" {
                heard.note("DONE")
                let answer = answers["DONE"] ?? "\(continued) OK done\r\n"
                if !answer.isEmpty { try await say(answer) }
                continue
            }
            // Literals become part of the line; those that wait are invited.
            while let size = Self.literal(at: line) {
                if !line.hasSuffix("+}") {
                    let verb = line.split(separator: " ", maxSplits: 1).last.map(String.init) ?? ""
                    if let refusal = answers["LITERAL " + verb.prefix(6)] {
                        try await say(refusal.replacing("TAG", with: line.prefix { $0 != " " }))
                        line = ""
                        break
                    }
                    try await say("+ go\r\n")
                }
                let literal = try await peer.bytes(size)
                line += String(decoding: literal, as: UTF8.self) + (try await peer.line())
            }
            if line.isEmpty { continue }
            let tag = String(line.prefix { $0 != " " })
            let command = String(line.dropFirst(tag.count + 1))
            heard.note(command)
            continued = tag
            let answer = answer(to: command).replacing("TAG", with: tag)
            if command == "STARTTLS", let tls {
                try await peer.say(answer, thenTLS: tls)
                continue
            }
            if !answer.isEmpty { try await say(answer) }
            said.note((command, cut - budget))
            if command == "LOGOUT" { return }
        }
    }

    private static func literal(at line: String) -> Int? {
        guard line.hasSuffix("}"), let open = line.lastIndex(of: "{") else { return nil }
        return Int(line[line.index(after: open)...].dropLast().filter { $0 != "+" })
    }

    /// Runs `body` with a client that is connected to this server.
    func run<R: Sendable>(
        limits: IMAP.Limits = .standard, security: ConnectionSecurity = .none, authorities: [String] = [],
        _ body: @Sendable (IMAPClient) async throws -> R
    ) async throws -> R {
        try await ScriptedServer.run { peer in
            try await serve(&peer)
        } body: { server in
            let client = try await IMAPClient.connect(
                to: server.endpoint(security), options: .loopback(authorities: authorities), limits: limits)
            defer { client.close() }
            return try await body(client)
        }
    }

    /// Tries to connect, which the server makes fail.
    func failure(limits: IMAP.Limits = .standard, security: ConnectionSecurity = .none) async throws -> IMAPError? {
        try await ScriptedServer.run { peer in
            try await serve(&peer)
        } body: { server in
            do throws(IMAPError) {
                _ = try await IMAPClient.connect(to: server.endpoint(security), options: .loopback(), limits: limits)
                return nil
            } catch {
                return error
            }
        }
    }
}
