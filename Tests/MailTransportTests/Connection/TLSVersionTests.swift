import MailProtocol
import MailTransport
import NIOSSL
import Testing

@Suite("Versions of TLS", .timeLimit(.minutes(1)))
struct TLSVersionTests {
    @Test("a server that knows nothing newer than TLS 1.1 is refused and named")
    func tooOld() async throws {
        let certificate = try TestCertificate.shared.get()
        let context = try certificate.serverContext {
            $0.minimumTLSVersion = .tlsv1
            $0.maximumTLSVersion = .tlsv11
        }
        try await ScriptedServer.run(tls: context) { peer in
            try await peer.say("* OK hi\r\n")
            await peer.untilGone()
        } body: { server in
            let options = ConnectionOptions.loopback(authorities: [certificate.certificate])
            await #expect {
                _ = try await MailConnection.open(to: server.endpoint(.tls), options: options)
            } throws: {
                ($0 as? TransportError)?.code == "tls-too-old"
            }
        }
    }

    @Test("TLS 1.2 and 1.3 are taken", arguments: [TLSVersion.tlsv12, .tlsv13])
    func taken(_ version: TLSVersion) async throws {
        let certificate = try TestCertificate.shared.get()
        let context = try certificate.serverContext {
            $0.minimumTLSVersion = version
            $0.maximumTLSVersion = version
        }
        try await ScriptedServer.run(tls: context) { peer in
            try await peer.say("* OK hi\r\n")
            await peer.untilGone()
        } body: { server in
            let options = ConnectionOptions.loopback(authorities: [certificate.certificate])
            let connection = try await MailConnection.open(to: server.endpoint(.tls), options: options)
            #expect(connection.tlsInfo?.version == (version == .tlsv12 ? "TLSv1.2" : "TLSv1.3"))
            #expect(try await connection.read().map { String(buffer: $0) } == "* OK hi\r\n")
        }
    }
}
