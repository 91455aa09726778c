import MailProtocol
import MailTransport
import Testing

@Suite("Submission to real servers", .enabled(if: MailBed.isUp))
struct SMTPServerTests {
    private var bed: MailBed { get throws { try #require(MailBed.shared) } }

    private func client(
        _ endpoint: ServerEndpoint, as user: String = "alice", _ change: (inout SMTPOptions) -> Void = { _ in }
    ) throws -> SMTPClient {
        var options = SMTPOptions(connection: try bed.options())
        options.allowsPlaintextCredentials = endpoint.security == .none
        change(&options)
        return SMTPClient(endpoint: endpoint, credentials: MailBed.password(of: user), options: options)
    }

    private func envelope(_ recipients: String..., size: Int? = nil) -> SMTPEnvelope {
        SMTPEnvelope(mailFrom: "alice@example.test", recipients: recipients.map { .init($0 + "@example.test") }, size: size)
    }

    private func message(_ headers: String = "", body: String = "Hello.") -> [UInt8] {
        let id = SASLNonce.make()
        return Array(
            "From: alice@example.test\r\nTo: bob@example.test\r\nSubject: test\r\nMessage-ID: <\(id)@example.test>\r\n\(headers)\r\n\(body)\r\n"
                .utf8)
    }

    @Test("the three securities sign in and answer", arguments: [ConnectionSecurity.tls, .startTLS, .none])
    func securities(_ security: ConnectionSecurity) async throws {
        let bed = try bed
        let name = [ConnectionSecurity.tls: "submissions", .startTLS: "submission", .none: "legacy"][security] ?? ""
        let info = try await client(bed.endpoint(name, security: security)).verify()
        #expect(info.mechanism != nil)
        #expect((info.tls != nil) == (security != .none))
        #expect(!info.capabilities.authentication.isEmpty)
    }

    @Test("Dovecot's submission service, with and without PIPELINING and CHUNKING", arguments: [true, false], [true, false])
    func dovecot(_ pipelining: Bool, _ chunking: Bool) async throws {
        let bed = try bed
        let client = try client(bed.endpoint("dovecot_submission", "dsub", security: .startTLS)) {
            $0.usesPipelining = pipelining
            $0.usesChunking = chunking
        }
        guard case .accepted(let acceptance) = await client.send(envelope("bob", "reject"), message: message()) else {
            Issue.record("not accepted")
            return
        }
        #expect(acceptance.recipients.map(\.verdict) == [.accepted, .refused])
        guard case .refused(let rejection) = await client.send(envelope("reject"), message: message()) else {
            Issue.record("not refused")
            return
        }
        #expect(rejection.fault.reply?.code == 550)
        #expect(rejection.fault.reply?.enhancedStatus == EnhancedStatusCode(5, 1, 1))
        let capabilities = try await client.verify().capabilities
        for name in ["PIPELINING", "CHUNKING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE"] {
            #expect(capabilities.offers(name), "\(name)")
        }
        await client.close()
    }

    @Test(
        "every password mechanism the servers offer", arguments: [SASLMechanism.plain, .login, .cramMD5, .scramSHA1, .scramSHA256],
        ["submission", "dovecot_submission"])
    func mechanisms(_ mechanism: SASLMechanism, _ port: String) async throws {
        let bed = try bed
        var options = SMTPOptions(connection: bed.options())
        options.onlyMechanisms = [mechanism]
        let client = SMTPClient(
            endpoint: bed.endpoint(port, security: .startTLS), credentials: MailBed.password(of: "alice"), options: options)
        #expect(try await client.verify().mechanism == mechanism)
        let wrong = SMTPClient(
            endpoint: bed.endpoint(port, security: .startTLS),
            credentials: .password(login: "alice@example.test", password: Secret("wrong")), options: options)
        await #expect {
            _ = try await wrong.verify()
        } throws: {
            ($0 as? SMTPError)?.code == "credentials-refused"
        }
    }

    @Test(
        "tokens, good and expired", .enabled(if: MailBed.shared?.oauthControl != nil), arguments: [SASLMechanism.xoauth2, .oauthBearer],
        ["submission", "dovecot_submission"])
    func tokens(_ mechanism: SASLMechanism, _ port: String) async throws {
        let bed = try bed
        var options = SMTPOptions(connection: bed.options())
        options.onlyMechanisms = [mechanism]
        let endpoint = bed.endpoint(port, security: .startTLS)
        let token = try #require(try await bed.token(for: "alice@example.test"))
        let good = SMTPClient(endpoint: endpoint, credentials: .bearer(login: "alice@example.test", token: token), options: options)
        #expect(try await good.verify().mechanism == mechanism)
        let bad = SMTPClient(
            endpoint: endpoint, credentials: .bearer(login: "alice@example.test", token: Secret("no-such-token")), options: options)
        do {
            _ = try await bad.verify()
            Issue.record("signed in with a bad token")
        } catch {
            guard case .credentialsRefused(_, let diagnostic) = error.cause else {
                Issue.record("\(error)")
                return
            }
            #expect(diagnostic?.contains("status") == true)
        }
    }

    @Test("no STARTTLS offered is an error, never plaintext")
    func strippedSTARTTLS() async throws {
        let bed = try bed
        await #expect {
            _ = try await client(bed.endpoint("legacy", security: .startTLS)).verify()
        } throws: {
            ($0 as? SMTPError)?.code == "starttls-not-offered"
        }
    }

    @Test("a password does not go over a plain line unless the provider says so")
    func plaintextRefused() async throws {
        let bed = try bed
        await #expect {
            _ = try await client(bed.endpoint("legacy", security: .none)) {
                $0.allowsPlaintextCredentials = false
                $0.onlyMechanisms = [.plain, .login]
            }.verify()
        } throws: {
            ($0 as? SMTPError)?.code == "no-common-mechanism"
        }
    }

    @Test(
        "accepted, with phases in order, a queue name, and the session kept for the next",
        arguments: [(true, true), (true, false), (false, false)])
    func accepted(_ pipelining: Bool, _ chunking: Bool) async throws {
        let bed = try bed
        let client = try client(bed.endpoint("submissions", security: .tls)) {
            $0.usesPipelining = pipelining
            $0.usesChunking = chunking
        }
        for _ in 0..<3 {
            let phases = Notebook<SubmissionPhase>()
            let outcome = await client.send(envelope("bob", "carol"), message: message()) { phases.note($0) }
            guard case .accepted(let acceptance) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(acceptance.recipients.map(\.verdict) == [.accepted, .accepted])
            #expect(acceptance.queueID?.isEmpty == false)
            #expect(phases.entries == SubmissionPhase.allCases)
        }
        await client.close()
    }

    @Test(
        "each refusal is what it is",
        arguments: [
            ("reject", SubmissionPhase.rcpt, false, 550), ("defer", .rcpt, true, 450), ("shutdown", .rcpt, true, 421),
        ])
    func recipients(_ recipient: String, _ phase: SubmissionPhase, _ isLater: Bool, _ code: Int) async throws {
        let bed = try bed
        let client = try client(bed.endpoint("submissions", security: .tls))
        switch await client.send(envelope(recipient), message: message()) {
        case .refused(let rejection):
            #expect(!isLater)
            #expect(rejection.phase == phase)
            #expect(rejection.fault.reply?.code == code)
        case .tryLater(let rejection):
            #expect(isLater)
            #expect(rejection.phase == phase)
            #expect(rejection.fault.reply?.code == code)
        case let other: Issue.record("\(other)")
        }
        // Whatever was refused, the next message goes through.
        guard case .accepted = await client.send(envelope("bob"), message: message()) else {
            Issue.record("the session did not recover")
            return
        }
    }

    @Test("one bad recipient does not stop the others")
    func mixed() async throws {
        let bed = try bed
        let outcome = await (try client(bed.endpoint("submissions", security: .tls))).send(
            envelope("bob", "reject", "defer"), message: message())
        guard case .accepted(let acceptance) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(acceptance.recipients.map(\.verdict) == [.accepted, .refused, .tryLater])
    }

    @Test("a sender that is not ours is refused at MAIL or RCPT")
    func foreignSender() async throws {
        let bed = try bed
        var envelope = envelope("bob")
        envelope.mailFrom = "bob@example.test"
        guard
            case .refused(let rejection) = await (try client(bed.endpoint("submissions", security: .tls))).send(
                envelope, message: message())
        else {
            Issue.record("not refused")
            return
        }
        #expect(rejection.fault.reply?.code == 553)
    }

    @Test("a message too big is refused before it is sent, and by the server where its size was not told")
    func size() async throws {
        let bed = try bed
        let client = try client(bed.endpoint("legacy", security: .none))
        let body = String(repeating: String(repeating: "x", count: 98) + "\r\n", count: 11000)
        let big = message(body: body)
        guard case .refused(let early) = await client.send(envelope("bob", size: big.count), message: big),
            case .obstacle(.tooLarge) = early.fault
        else {
            Issue.record("no obstacle")
            return
        }
        let outcome = await client.send(envelope("bob"), message: big)
        guard case .refused(let late) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(late.fault.reply?.code == 552)
    }

    @Test("a refusal after the dot is a refusal of the message")
    func contentRefused() async throws {
        let bed = try bed
        let client = try client(bed.endpoint("submissions", security: .tls))
        guard case .refused(let rejection) = await client.send(envelope("bob"), message: message("X-Bed-Reject: spam says no\r\n")) else {
            Issue.record("not refused")
            return
        }
        #expect(rejection.phase == .finalDotSent)
        #expect(rejection.fault.reply?.enhancedStatus == EnhancedStatusCode(5, 7, 1))
    }

    @Test("DSN, SMTPUTF8 and 8BITMIME are used where offered and an obstacle where needed and not")
    func extensions() async throws {
        let bed = try bed
        var envelope = SMTPEnvelope(
            mailFrom: "alice@example.test",
            recipients: [.init("bob@example.test", notify: [.success, .failure], originalRecipient: "bob@example.test")])
        envelope.dsnReturn = .headers
        envelope.envelopeID = "test+1"
        envelope.is8Bit = true
        let outcome = await (try client(bed.endpoint("submissions", security: .tls))).send(envelope, message: message(body: "Привет."))
        guard case .accepted = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let international = SMTPEnvelope(mailFrom: "alice@example.test", recipients: [.init("δοκιμή@example.test")])
        guard
            case .refused(let rejection) = await (try client(bed.endpoint("legacy", security: .none))).send(
                international, message: message())
        else {
            Issue.record("not refused")
            return
        }
        #expect(rejection.fault == .obstacle(.noSMTPUTF8))
        // A server with SMTPUTF8 gets as far as judging the address.
        switch await (try client(bed.endpoint("submissions", security: .tls))).send(international, message: message()) {
        case .accepted: break
        case .refused(let rejection), .tryLater(let rejection): #expect(rejection.fault.reply != nil)
        case .unknown(let fault): Issue.record("\(fault)")
        }
    }

    @Test("a message of dots and bare line ends arrives as it left; a big one streams", arguments: [true, false])
    func content(_ chunking: Bool) async throws {
        let bed = try bed
        let client = try client(bed.endpoint("submissions", security: .tls)) { $0.usesChunking = chunking }
        let id = "<\(SASLNonce.make())@example.test>"
        let head = "From: alice@example.test\r\nTo: bob@example.test\r\nSubject: dots\r\nMessage-ID: \(id)\r\n\r\n"
        let body = ".\r\n..\n.\nQUIT\r\n.\r\r\n." + String(repeating: "line of text\r\n", count: 100_000) + ".last"
        let tricky = Array((head + body).utf8)
        let outcome = await client.send(envelope("bob", size: tricky.count), message: tricky)
        guard case .accepted = outcome else {
            Issue.record("\(outcome)")
            return
        }
        // A lone CR and a lone LF are line ends by now; the rest is byte for byte.
        let expected = ".\r\n..\r\n.\r\nQUIT\r\n.\r\n\r\n." + String(repeating: "line of text\r\n", count: 100_000) + ".last\r\n"
        let delivered = try await DeliveredMail.read(id, from: "bob", on: bed)
        #expect(delivered.hasSuffix("\r\n\r\n" + expected))
    }

    @Test("a journal that cannot write keeps the message here")
    func journalFailure() async throws {
        let bed = try bed
        struct Full: Error {}
        for stop in SubmissionPhase.allCases.dropLast() {
            let outcome = await (try client(bed.endpoint("submissions", security: .tls))).send(envelope("bob"), message: message()) {
                phase in
                if phase == stop { throw Full() }
            }
            guard case .tryLater(let rejection) = outcome, case .journal = rejection.fault else {
                Issue.record("\(stop): \(outcome)")
                continue
            }
        }
    }
}
