import Foundation
import MailProtocol
import MailTransport
import NIOCore
import Testing

@Suite("A broken network before a real server", .enabled(if: MailBed.isUp), .serialized)
struct SMTPFaultTests {
    private static let envelope = SMTPEnvelope(mailFrom: "alice@example.test", recipients: [.init("bob@example.test")])
    private static let message = Array("From: alice@example.test\r\nTo: bob@example.test\r\nSubject: faults\r\n\r\nHello.\r\n".utf8)

    private var bed: MailBed { get throws { try #require(MailBed.shared) } }

    private func client(_ security: ConnectionSecurity) throws -> SMTPClient {
        let bed = try bed
        var options = SMTPOptions(connection: bed.options())
        options.connection.timeouts.tls = .seconds(2)
        options.connection.timeouts.greeting = .seconds(2)
        options.replyTimeout = .seconds(2)
        options.finalReplyTimeout = .seconds(2)
        let endpoint =
            security == .tls
            ? bed.endpoint("proxy_submissions", "p_submissions", security: .tls)
            : bed.endpoint("proxy_submission", "p_submission", security: .startTLS)
        return SMTPClient(endpoint: endpoint, credentials: MailBed.password(of: "alice"), options: options)
    }

    private func name(_ security: ConnectionSecurity) -> String { security == .tls ? "submissions" : "submission" }

    @Test(
        "cut after so many bytes of the server, over TLS: never unknown before the dot, always an end",
        arguments: [ConnectionSecurity.tls, .startTLS])
    func cutDown(_ security: ConnectionSecurity) async throws {
        let phases = Notebook<SubmissionPhase>()
        for cut in stride(from: 0, through: 3600, by: 240) {
            try await bed.order(#"{"name":"\#(name(security))","set":{"cut_after":{"down":\#(cut)}}}"#)
            let seen = Notebook<SubmissionPhase>()
            let outcome = await (try client(security)).send(Self.envelope, message: Self.message) {
                seen.note($0)
                phases.note($0)
            }
            switch outcome.word {
            case "tryLater": #expect(!seen.entries.contains(.finalDotSent), "cut \(cut): \(outcome)")
            case "unknown": #expect(seen.entries.contains(.finalDotSent), "cut \(cut): \(outcome)")
            case "accepted": #expect(seen.entries.last == .replied)
            default: Issue.record("cut \(cut): \(outcome)")
            }
        }
        try await bed.order(#"{"name":"\#(name(security))","set":{}}"#)
        #expect(phases.entries.contains(.connected))
    }

    @Test("stalls end by the clock, a cut line and a refused connection at once")
    func otherFaults() async throws {
        for rule in [
            #""stall_after":{"down":300}"#, #""stall_after":{"up":800}"#, #""cut_after":{"up":900}"#, #""refuse":true"#, #""silent":true"#,
        ] {
            try await bed.order(#"{"name":"submissions","set":{\#(rule)}}"#)
            let outcome = await (try client(.tls)).send(Self.envelope, message: Self.message)
            #expect(outcome.word == "tryLater", "\(rule): \(outcome)")
            try await bed.order(#"{"name":"submissions","set":{}}"#)
        }
    }

    @Test("over a slow line it still goes through")
    func dribble() async throws {
        try await bed.order(#"{"name":"submission","set":{"delay":0.05}}"#)
        let outcome = await (try client(.startTLS)).send(Self.envelope, message: Self.message)
        try await bed.order(#"{"name":"submission","set":{}}"#)
        #expect(outcome.word == "accepted", "\(outcome)")
    }
}
