import MailProtocol
import MailTransport
import Testing

/// SCRAM bound to the TLS channel, proven on a real server that knows `tls-server-end-point`: PostgreSQL.
@Suite(
    "Channel binding on PostgreSQL", .enabled(if: PostgresTLS.programs != nil, "tools/setup postgres"), .serialized, .timeLimit(.minutes(2))
)
struct PostgresChannelBindingTests {
    /// The hash of the binding is that of the certificate's signature (RFC 5929, section 4.1).
    @Test(
        "a good password signs in and the server proves itself; a wrong password and a wrong binding do not",
        arguments: [
            (["rsa:2048"], "sha256"), (["rsa:2048"], "sha512"), (["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"], "sha384"),
            (["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "sha256"),
        ])
    func binding(_ key: [String], _ digest: String) async throws {
        let certificate = try TestCertificate(key: key, digest: digest)
        let server = try PostgresTLS(certificate)
        let options = ConnectionOptions.loopback(authorities: [certificate.certificate])

        /// A session each, as PostgreSQL ends one that fails.
        func attempt(
            _ mechanism: SASLMechanism, _ password: String, _ change: (inout ChannelBinding) -> Void = { _ in }
        ) async throws -> PostgresSession.Outcome {
            var session = try await PostgresSession(port: server.port, options: options)
            defer { session.connection.close() }
            #expect(try await session.mechanisms() == ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])
            var binding = try #require(session.connection.tlsInfo?.channelBinding)
            #expect(binding.type == "tls-server-end-point")
            change(&binding)
            return try await session.signIn(
                try SASLExchange(
                    mechanism, credentials: .password(login: "postgres", password: Secret(password)), channelBinding: binding))
        }

        let outcomes: [PostgresSession.Outcome]
        do {
            outcomes = [
                try await attempt(.scramSHA256Plus, PostgresTLS.password),
                try await attempt(.scramSHA256Plus, "wrong"),
                try await attempt(.scramSHA256Plus, PostgresTLS.password) { $0.data[0] ^= 1 },
                try await attempt(.scramSHA256Plus, PostgresTLS.password) { $0.type = "tls-unique" },
                // The server's own choice of hash and ours agree in all but the binding.
                try await attempt(.scramSHA256, PostgresTLS.password),
            ]
        } catch {
            try server.stop()
            throw error
        }
        try server.stop()
        #expect(outcomes[0] == .signedIn)
        #expect(outcomes[1] == .refused("28P01", #"password authentication failed for user "postgres""#))
        #expect(outcomes[2] == .refused("28000", "SCRAM channel binding check failed"))
        guard case .refused("08P01", _) = outcomes[3] else {
            Issue.record("\(outcomes[3])")
            return
        }
        #expect(outcomes[4] == .signedIn)
    }
}
