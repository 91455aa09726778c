import MailProtocol
import MailTransport
import PostroomCore

/// Tries a server stage by stage over the real clients; leaves nothing on it.
struct ConnectionTester: ConnectionTesting {
    let options: ConnectionOptions

    func test(
        _ side: MailSide, at endpoint: ServerEndpoint, credentials: Credentials?, sender: String?, pinnedCertificate: String?
    ) async -> [DiagnosticStage] {
        var options = options.pinned(to: pinnedCertificate)
        // A person waits for this answer.
        options.timeouts.connect = .seconds(10)
        options.timeouts.tls = .seconds(10)
        options.timeouts.greeting = .seconds(15)
        switch side {
        case .imap: return await testIMAP(endpoint, credentials, options)
        case .smtp: return await testSMTP(endpoint, credentials, sender, options)
        }
    }

    // MARK: IMAP

    private func testIMAP(_ endpoint: ServerEndpoint, _ credentials: Credentials?, _ options: ConnectionOptions) async -> [DiagnosticStage]
    {
        var course = TestCourse(.imap, last: .folders)
        let login = credentials?.login ?? ""
        let connection: MailConnection
        do {
            connection = try await MailConnection.open(to: endpoint, options: options)
        } catch {
            return course.failed(Diagnosis(error, side: .imap, endpoint: endpoint, transferStage: .connect))
        }
        course.passedLine(connection, endpoint)
        let client: IMAPClient
        do {
            client = try await IMAPClient.open(on: connection)
        } catch {
            connection.close()
            let failure = MailFailure(error, endpoint: endpoint, login: login, stage: .greeting)
            return course.failed(Self.explainingSilence(failure.diagnosis, endpoint))
        }
        if endpoint.security == .startTLS { course.note(.tls, client.tlsInfo?.version ?? "") }
        course.passed(.greeting, client.greeting.text)
        course.passed(.capabilities, client.capabilities.names.sorted().joined(separator: " "))
        guard let credentials else {
            await client.logout()
            return course.skipped()
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
            course.passed(.folders, folders.prefix(50).map(\.mailbox.name.path).joined(separator: ", "))
        } catch {
            client.close()
            return course.failed(MailFailure(error, endpoint: endpoint, login: login, stage: .folders).diagnosis)
        }
        await client.logout()
        return course.stages
    }

    private static func name(of method: IMAPClient.SignInMethod) -> String {
        switch method {
        case .sasl(let mechanism): "\(mechanism)"
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
        _ endpoint: ServerEndpoint, _ credentials: Credentials?, _ sender: String?, _ options: ConnectionOptions
    ) async -> [DiagnosticStage] {
        var course = TestCourse(.smtp, last: .sender)
        let login = credentials?.login ?? ""
        let client = SMTPClient(endpoint: endpoint, credentials: credentials, options: SMTPMessageSender.options(options, nil, endpoint))
        let info: SMTPSessionInfo
        do {
            info = try await client.verify()
        } catch {
            let failure = MailFailure(error, endpoint: endpoint, login: login)
            return course.failed(Self.explainingSilence(failure.diagnosis, endpoint))
        }
        course.passed(.name, endpoint.host)
        course.passed(.connect, info.remoteAddress ?? "")
        course.passedTLS(info.tls?.version, endpoint)
        course.passed(.greeting, info.greeting)
        course.passed(
            .capabilities,
            info.capabilities.keywords.sorted { $0.key < $1.key }.map { ([$0.key] + $0.value).joined(separator: " ") }.joined(
                separator: "; "))
        guard credentials != nil else { return course.skipped() }
        if let mechanism = info.mechanism {
            course.passed(.signIn, "\(mechanism)")
        }
        // A server checks the sender at RCPT, where it would have to be somebody's address: what is known is that it let us in.
        if let sender { course.passed(.sender, sender) }
        return course.skipped()
    }
}

/// The stages of one test as they are passed; whatever was not reached is `skipped`.
struct TestCourse {
    private(set) var stages: [DiagnosticStage] = []
    private let side: MailSide
    private let order: [DiagnosisStage]
    private var since = ContinuousClock.now

    init(_ side: MailSide, last: DiagnosisStage) {
        self.side = side
        order = [.name, .connect, .tls, .greeting, .capabilities, .signIn, last]
    }

    private mutating func lap() -> Int {
        let now = ContinuousClock.now
        defer { since = now }
        let passed = (now - since).components
        return Int(passed.seconds) * 1000 + Int(passed.attoseconds / 1_000_000_000_000_000)
    }

    mutating func passed(_ stage: DiagnosisStage, _ evidence: String, verdict: DiagnosticStage.Verdict = .ok) {
        stages.append(
            DiagnosticStage(side: side, stage: stage, verdict: verdict, milliseconds: lap(), evidence: String(evidence.prefix(2_000))))
    }

    mutating func passedLine(_ connection: MailConnection, _ endpoint: ServerEndpoint) {
        // The time of all three is that of the connection; it is written beside it.
        stages.append(DiagnosticStage(side: side, stage: .name, verdict: .ok, evidence: endpoint.host))
        passed(.connect, connection.remoteAddress ?? "")
        passedTLS(connection.tlsInfo?.version, endpoint)
    }

    mutating func passedTLS(_ version: String?, _ endpoint: ServerEndpoint) {
        switch endpoint.security {
        case .none: passed(.tls, "", verdict: .warning)
        case .tls, .startTLS: passed(.tls, version ?? "")
        }
    }

    /// Evidence that came later than its stage.
    mutating func note(_ stage: DiagnosisStage, _ evidence: String) {
        guard let index = stages.firstIndex(where: { $0.stage == stage }) else { return }
        stages[index].evidence = evidence
    }

    /// The stages with the failure at its own place: those before it held, those after it were not reached.
    mutating func failed(_ diagnosis: Diagnosis) -> [DiagnosticStage] {
        let time = lap()
        let place = order.firstIndex(of: diagnosis.stage) ?? min(stages.count, order.count - 1)
        let known = Dictionary(stages.map { ($0.stage, $0) }, uniquingKeysWith: { first, _ in first })
        return order.enumerated().map { index, stage in
            if index == place {
                return DiagnosticStage(
                    side: side, stage: stage, verdict: .failed, milliseconds: time, evidence: diagnosis.serverText, diagnosis: diagnosis)
            }
            if index > place { return DiagnosticStage(side: side, stage: stage, verdict: .skipped) }
            return known[stage] ?? DiagnosticStage(side: side, stage: stage, verdict: .ok)
        }
    }

    /// The stages, the rest `skipped`.
    func skipped() -> [DiagnosticStage] {
        order.map { stage in stages.first { $0.stage == stage } ?? DiagnosticStage(side: side, stage: stage, verdict: .skipped) }
    }
}
