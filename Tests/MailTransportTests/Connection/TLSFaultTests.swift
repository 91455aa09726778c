import MailProtocol
import MailTransport
import Testing

@Suite("Certificates of real servers", .enabled(if: MailBed.isUp))
struct TLSFaultTests {
    private var bed: MailBed { get throws { try #require(MailBed.shared) } }

    private func failure(_ endpoint: ServerEndpoint, _ options: ConnectionOptions) async -> TLSFailure? {
        do {
            _ = try await MailConnection.open(to: endpoint, options: options)
            return nil
        } catch {
            guard case .tls(let failure) = error.cause else {
                Issue.record("not a TLS failure: \(error)")
                return nil
            }
            return failure
        }
    }

    @Test("a good certificate by name and by address, with its session as a value", arguments: ["mail.example.test", "127.0.0.1"])
    func good(_ host: String) async throws {
        let bed = try bed
        let connection = try await MailConnection.open(to: bed.endpoint("imaps", security: .tls, host: host), options: bed.options())
        let info = try #require(connection.tlsInfo)
        #expect(info.version == "TLSv1.3")
        #expect(info.chain.first?.names.contains("mail.example.test") == true)
        #expect(info.chain.first?.sha256.count == 64)
        #expect(info.channelBinding?.type == "tls-server-end-point")
        #expect(try await connection.read() != nil)
    }

    @Test("a chain that was good a moment ago is good again with all that was known of it, and under no other name or trust")
    func again() async throws {
        let bed = try bed
        let options = bed.options()
        let endpoint = bed.endpoint("imaps", security: .tls)
        let first = try await MailConnection.open(to: endpoint, options: options)
        let second = try await MailConnection.open(to: endpoint, options: options)
        #expect(first.tlsInfo != nil && first.tlsInfo == second.tlsInfo)
        var elsewhere = options
        elsewhere.resolver = .fixed(["127.0.0.1"])
        let other = await failure(bed.endpoint("imaps", security: .tls, host: "mail.elsewhere.test"), elsewhere)
        #expect(other?.code == "certificate-name-mismatch")
        #expect(await failure(endpoint, bed.options(trusting: false))?.code == "certificate-unknown-issuer")
        var pinned = options
        pinned.pinnedCertificate = [UInt8](repeating: 7, count: 32)
        #expect(await failure(endpoint, pinned) != nil)
    }

    @Test(
        "each fault has its own cause and shows the chain",
        arguments: [
            ("expired", "certificate-expired"), ("future", "certificate-not-yet-valid"), ("wronghost", "certificate-name-mismatch"),
            ("wrongname", "certificate-name-mismatch"), ("untrusted", "certificate-unknown-issuer"),
            ("selfsigned", "certificate-self-signed"),
        ])
    func faults(_ kind: String, _ code: String) async throws {
        let bed = try bed
        let hasAddresses = !bed.badCertificates.isEmpty
        // A bed knows some of the kinds.
        guard hasAddresses ? bed.badCertificates[kind] != nil : kind != "wrongname" else { return }
        let endpoint = bed.endpoint("imaps", security: .tls, host: hasAddresses ? bed.badCertificates[kind] : "\(kind).\(bed.domain)")
        let failure = try #require(await failure(endpoint, hasAddresses ? bed.options() : byAddress(bed)))
        #expect(failure.code == code)
        #expect(failure.chain.first?.subject.isEmpty == false)
        if case .nameMismatch(let names) = failure.reason { #expect(!names.isEmpty) }
    }

    @Test("a name of another server is a mismatch even where its chain is good")
    func otherName() async throws {
        let bed = try bed
        let failure = try #require(await failure(bed.endpoint("imaps", security: .tls, host: "mail.elsewhere.test"), byAddress(bed)))
        #expect(failure.code == "certificate-name-mismatch")
    }

    /// Every name leads to the bed.
    private func byAddress(_ bed: MailBed) -> ConnectionOptions {
        var options = bed.options()
        options.resolver = .fixed(["127.0.0.1"])
        return options
    }

    @Test("an authority we do not have is named, and counts as soon as its file is there")
    func liveAuthority() async throws {
        let bed = try bed
        let added = Notebook<String>()
        var options = bed.options()
        options.trust = TrustStore(usesSystemRoots: false) { added.entries }
        let endpoint = bed.endpoint("imaps", security: .tls)
        let failure = try #require(await failure(endpoint, options))
        #expect(failure.code == "certificate-unknown-issuer")
        added.note(bed.authority)
        _ = try await MailConnection.open(to: endpoint, options: options)
    }

    @Test("a pinned certificate is accepted without an authority, and no other one is")
    func pinning() async throws {
        let bed = try bed
        let endpoint = bed.endpoint("imaps", security: .tls)
        let good = try await MailConnection.open(to: endpoint, options: bed.options())
        let hex = try #require(good.tlsInfo?.chain.first?.sha256)
        var options = bed.options(trusting: false)
        options.pinnedCertificate = stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
        _ = try await MailConnection.open(to: endpoint, options: options)
        // Its name does not count either.
        options.resolver = .fixed(["127.0.0.1"])
        _ = try await MailConnection.open(to: bed.endpoint("imaps", security: .tls, host: "mail.elsewhere.test"), options: options)
        options = bed.options()
        options.pinnedCertificate = [UInt8](repeating: 0, count: 32)
        #expect(await failure(endpoint, options)?.code == "certificate-pin-mismatch")
    }

    @Test("TLS on the plaintext port of a real server")
    func wrongPort() async throws {
        let bed = try bed
        for name in ["imap", "legacy"] {
            // More than once: whether the server's reset comes before or after our answer to its greeting is a matter of luck.
            for _ in 0..<5 {
                let failure = await self.failure(bed.endpoint(name, security: .tls), bed.options())
                #expect(failure?.reason == .plaintextOnTLSPort, "\(name)")
            }
        }
    }

    @Test("plaintext and STARTTLS on the TLS port of a real server", arguments: [ConnectionSecurity.none, .startTLS])
    func wrongSecurity(_ security: ConnectionSecurity) async throws {
        let bed = try bed
        var options = bed.options()
        options.timeouts.greeting = .seconds(2)
        for name in ["imaps", "submissions"] {
            let connection = try await MailConnection.open(to: bed.endpoint(name, security: security), options: options)
            await #expect(throws: TransportError(.greeting, .tlsOnPlaintextPort)) { try await connection.read() }
        }
    }
}
