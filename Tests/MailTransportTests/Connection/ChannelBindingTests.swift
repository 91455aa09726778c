import MailProtocol
import MailTransport
import Testing

@Suite("Channel binding on a server that offers it", .enabled(if: MailBed.shared?.ports["cyrus_imaps"] != nil))
struct ChannelBindingTests {
    @Test("a type of binding the server does not take costs one failed attempt, not one a session")
    func remembered() async throws {
        let bed = try #require(MailBed.shared)
        let endpoint = bed.endpoint("cyrus_imaps", security: .tls, host: "localhost")
        var options = bed.options()
        options.resolver = .fixed(["127.0.0.1"])
        let first = try await MailConnection.open(to: endpoint, options: options)
        #expect(first.tlsInfo?.channelBinding?.type == "tls-server-end-point")
        let client = try await IMAPClient.open(on: first)
        #expect(client.capabilities.saslMechanisms.contains { $0.hasSuffix("-PLUS") })
        let method = try await client.signIn(MailBed.password(of: "alice"))
        await client.logout()
        let second = try await MailConnection.open(to: endpoint, options: options)
        if case .sasl(let mechanism) = method, mechanism.bindsChannel {
            #expect(second.tlsInfo?.channelBinding != nil)
        } else {
            #expect(second.tlsInfo?.channelBinding == nil)
        }
        let again = try await IMAPClient.open(on: second)
        _ = try await again.signIn(MailBed.password(of: "alice"))
        await again.logout()
    }
}
