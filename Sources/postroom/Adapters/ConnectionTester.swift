import MailProtocol
import MailTransport
import PostroomCore

/// Tries a server stage by stage over the real clients; leaves nothing on it.
struct ConnectionTester: ConnectionTesting {
    let options: ConnectionOptions
    /// For each of connecting, TLS and greeting. A person waits for this answer.
    var patience = Duration.seconds(10)

    func test(
        _ side: MailSide, at endpoint: ServerEndpoint, credentials: Credentials?, sender: String?, pinnedCertificate: String?
    ) async -> [DiagnosticStage] {
        var options = options.pinned(to: pinnedCertificate)
        options.timeouts.connect = patience
        options.timeouts.tls = patience
        options.timeouts.greeting = patience + patience / 2
        options.timeouts.silence = max(patience * 3, .seconds(6))
        var course = TestCourse(side, last: side == .imap ? .folders : .sender)
        do {
            let addresses = try await MailConnection.addresses(of: endpoint, options: options)
            course.isPrivate = addresses.contains { AddressPolicy.isPrivate($0) }
            course.passed(.name, addresses.map(\.description).joined(separator: ", "))
            // The connection goes to what was looked up here, so that the time of each is its own.
            options.resolver = .fixed(addresses.map(\.description))
        } catch {
            return course.failed(Diagnosis(error, side: side, endpoint: endpoint, transferStage: .name))
        }
        switch side {
        case .imap: return await testIMAP(endpoint, credentials, options, &course)
        case .smtp: return await testSMTP(endpoint, credentials, sender, options, &course)
        }
    }

    // MARK: IMAP

    private func testIMAP(
        _ endpoint: ServerEndpoint, _ credentials: Credentials?, _ options: ConnectionOptions, _ course: inout TestCourse
    ) async -> [DiagnosticStage] {
        let login = credentials?.login ?? ""
        let connection: MailConnection
        do {
            connection = try await MailConnection.open(to: endpoint, options: options)
        } catch {
            return course.failed(Diagnosis(error, side: .imap, endpoint: endpoint, transferStage: .connect))
        }
        course.passed(.connect, connection.remoteAddress ?? "", time: connection.timings.connect)
        if endpoint.security == .tls { course.passed(.tls, connection.tlsInfo?.summary ?? "", time: connection.timings.tls) }
        if endpoint.security == .none { course.passed(.tls, "", time: .zero, verdict: .warning) }
        let began = ContinuousClock.now
        let client: IMAPClient
        do {
            client = try await IMAPClient.open(on: connection)
        } catch {
            connection.close()
            let failure = MailFailure(error, endpoint: endpoint, login: login, stage: .greeting)
            return course.failed(Self.explainingSilence(failure.diagnosis, endpoint))
        }
        let greeted = ContinuousClock.now - began
        var handshake = Duration.zero
        if endpoint.security == .startTLS {
            handshake = client.timings.tls
            course.passed(.tls, client.tlsInfo?.summary ?? "", time: handshake)
        }
        course.passed(.greeting, client.greeting.text, time: max(greeted - handshake, .zero))
        if let offered = try? await client.refreshCapabilities() {
            course.passed(.capabilities, offered.names.sorted().joined(separator: " "))
        } else {
            course.passed(.capabilities, client.capabilities.names.sorted().joined(separator: " "))
        }
        guard let credentials else {
            await client.logout()
            return course.finished()
        }
        do {
            let method = try await client.signIn(credentials, allowPlaintext: endpoint.security == .none)
            course.passed(.signIn, Self.name(of: method))
            if IMAPSessionOpener.wantsIdentification(client.greeting.text, endpoint.host) {
                _ = try? await client.identify(as: ["name": "Postroom", "vendor": "Postroom"])
            }
        } catch {
            client.close()
            return course.failed(MailFailure(error, endpoint: endpoint, login: login, stage: .signIn).diagnosis)
        }
        do {
            let folders = try await client.listMailboxes()
            // Some refuse a mailbox only when it is opened: IMAP is switched off, or the store is away.
            _ = try await client.examine(client.mailboxName("INBOX"))
            course.passed(.folders, folders.prefix(50).map(\.mailbox.name.path).joined(separator: ", "))
        } catch {
            client.close()
            return course.failed(MailFailure(error, endpoint: endpoint, login: login, stage: .folders).diagnosis)
        }
        await client.logout()
        return course.finished()
    }

    private static func name(of method: IMAPClient.SignInMethod) -> String {
        switch method {
        case .sasl(let mechanism): mechanism.rawValue
        case .login: "LOGIN"
        case .preauthenticated: "PREAUTH"
        }
    }

    /// A port that waits for TLS says nothing to somebody who waits for a greeting.
    private static func explainingSilence(_ diagnosis: Diagnosis, _ endpoint: ServerEndpoint) -> Diagnosis {
        guard endpoint.security != .tls, diagnosis.cause == .timedOut, [993, 465].contains(endpoint.port) else { return diagnosis }
        var explained = diagnosis
        explained.cause = .tlsOnPlaintextPort
        return explained
    }

    // MARK: SMTP

    private func testSMTP(
        _ endpoint: ServerEndpoint, _ credentials: Credentials?, _ sender: String?, _ options: ConnectionOptions,
        _ course: inout TestCourse
    ) async -> [DiagnosticStage] {
        let login = credentials?.login ?? ""
        let client = SMTPClient(endpoint: endpoint, credentials: credentials, options: SMTPMessageSender.options(options, nil, endpoint))
        let info: SMTPSessionInfo
        do {
            info = try await client.verify(sender: credentials == nil ? nil : sender)
        } catch {
            if error.stage == .sender, case .reply(let reply) = error.cause {
                return course.failed(
                    Diagnosis(reply, phase: .mailFrom, recipient: sender ?? "", sender: sender ?? "", endpoint: endpoint))
            }
            let failure = MailFailure(error, endpoint: endpoint, login: login)
            return course.failed(Self.explainingSilence(failure.diagnosis, endpoint))
        }
        course.passed(.connect, info.remoteAddress ?? "", time: info.timings.connect)
        course.passed(
            .tls, info.tls?.summary ?? "", time: info.timings.tls, verdict: endpoint.security == .none ? .warning : .ok)
        course.passed(.greeting, info.greeting, time: info.durations[.greeting] ?? .zero)
        course.passed(
            .capabilities,
            info.capabilities.keywords.sorted { $0.key < $1.key }.map { ([$0.key] + $0.value).joined(separator: " ") }.joined(
                separator: "; "), time: info.durations[.hello] ?? .zero)
        if let mechanism = info.mechanism { course.passed(.signIn, mechanism.rawValue, time: info.durations[.signIn] ?? .zero) }
        if let reply = info.senderReply {
            course.passed(.sender, [sender ?? "", reply.description].joined(separator: ": "), time: info.durations[.sender] ?? .zero)
        }
        return course.finished()
    }
}

extension TLSInfo {
    /// The version and the chain, for people who know certificates: who is vouched for by whom.
    var summary: String {
        let names = chain.map(\.subject) + [chain.last?.issuer].compactMap { $0 }.filter { $0 != chain.last?.subject }
        return ([version] + (names.isEmpty ? [] : [names.prefix(6).joined(separator: " ← ")])).joined(separator: ", ")
    }
}
