import MailProtocol
import MailTransport
import PostroomCore

/// The world as discovery asks it: DNS, https documents and mail servers, all within bounds and the address policy.
struct LadderNetwork: DiscoveryNetwork {
    let options: ConnectionOptions
    let dns: DNSResolver
    let limits: DiscoveryLimits

    /// Bytes of a document; see `ConfigElement.Limits`.
    private static let longestDocument = 256 * 1024

    // MARK: DNS

    func exchangers(of domain: String) async throws(DiscoveryNote) -> [String] {
        try await ask(domain) { () throws(DNSError) in try await dns.mx(domain).map(\.host).filter { !$0.isEmpty } }
    }

    func services(at name: String) async throws(DiscoveryNote) -> [ServiceRecord] {
        try await ask(name) { () throws(DNSError) in
            try await dns.srv(name).map { ServiceRecord(priority: $0.priority, weight: $0.weight, port: $0.port, target: $0.target) }
        }
    }

    func texts(at name: String) async throws(DiscoveryNote) -> [String] {
        try await ask(name) { () throws(DNSError) in try await dns.txt(name) }
    }

    private func ask<Value: Sendable>(
        _ name: String, _ question: @escaping @Sendable () async throws(DNSError) -> [Value]
    ) async throws(DiscoveryNote) -> [Value] {
        let answer = await within(limits.question) { () -> Result<[Value], DNSError> in
            do throws(DNSError) {
                return .success(try await question())
            } catch {
                return .failure(error)
            }
        }
        switch answer {
        case .success(let values)?: return values
        case .failure(.noSuchName)?, .failure(.noRecords)?: return []
        case .failure(.timedOut)?, nil: throw DiscoveryNote(.timedOut, ["host": name])
        case .failure?: throw DiscoveryNote(.nameServerFailure, ["host": name])
        }
    }

    // MARK: Documents

    func document(at url: String, posting body: String?) async throws(DiscoveryNote) -> [UInt8] {
        var bounds = HTTPFetcher.Limits()
        bounds.bodyLength = Self.longestDocument
        bounds.time = limits.question
        let fetcher = HTTPFetcher(options: options, limits: bounds)
        var request = HTTPRequest(url: url)
        if let body {
            request = HTTPRequest(.post, url: url, headers: [(name: "Content-Type", value: "text/xml; charset=utf-8")], body: Secret(body))
        }
        let host = String(url.dropFirst(8).prefix { $0 != "/" && $0 != "?" })
        let asked = request
        let answer = await within(limits.question + .milliseconds(200)) { () -> Result<HTTPResponse, HTTPError> in
            do throws(HTTPError) {
                return .success(try await fetcher.fetch(asked))
            } catch {
                return .failure(error)
            }
        }
        switch answer {
        case nil: throw DiscoveryNote(.timedOut, ["host": host])
        case .failure(let error)?: throw Self.note(error, host: host)
        case .success(let response)?:
            guard response.status == 200 else { throw DiscoveryNote(.httpStatus, ["url": url, "status": "\(response.status)"]) }
            return response.body
        }
    }

    private static func note(_ error: HTTPError, host: String) -> DiscoveryNote {
        switch error {
        case .invalidURL: DiscoveryNote(.malformed, ["url": host])
        case .insecureURL: DiscoveryNote(.insecureRedirect, ["host": host])
        case .tooManyRedirects: DiscoveryNote(.tooManyRedirects, ["host": host])
        case .limitExceeded(let limit): DiscoveryNote(limit == "time" ? .timedOut : .tooLarge, ["host": host])
        case .malformedResponse: DiscoveryNote(.malformed, ["url": host])
        case .transport(let transport):
            switch transport.cause {
            case .unknownHost: DiscoveryNote(.unknownHost, ["host": host])
            case .nameServerFailure: DiscoveryNote(.nameServerFailure, ["host": host])
            case .noAddressAllowed: DiscoveryNote(.addressNotAllowed, ["host": host])
            case .timedOut, .cancelled: DiscoveryNote(.timedOut, ["host": host])
            case .tls: DiscoveryNote(.certificate, ["host": host])
            default: DiscoveryNote(.unreachable, ["host": host])
            }
        }
    }

    // MARK: Servers

    func probe(_ side: MailSide, at endpoint: ServerEndpoint) async -> ServerProbe {
        let began = ContinuousClock.now
        let tester = ConnectionTester(options: options, patience: limits.probe)
        let stages =
            await within(limits.probe) {
                await tester.test(side, at: endpoint, credentials: nil, sender: nil, pinnedCertificate: nil)
            } ?? [Self.timedOut(side, endpoint)]
        let evidence = stages.first { $0.stage == .capabilities }?.evidence ?? ""
        return ServerProbe(
            side: side, endpoint: endpoint, stages: stages, mechanisms: Self.mechanisms(side, evidence),
            milliseconds: TestCourse.milliseconds(ContinuousClock.now - began))
    }

    private static func timedOut(_ side: MailSide, _ endpoint: ServerEndpoint) -> DiagnosticStage {
        let diagnosis = Diagnosis(
            stage: .connect, cause: .timedOut, side: side, details: ["host": endpoint.host, "port": "\(endpoint.port)"])
        return DiagnosticStage(side: side, stage: .connect, verdict: .failed, diagnosis: diagnosis)
    }

    /// Out of the capabilities as the tester writes them down.
    static func mechanisms(_ side: MailSide, _ capabilities: String) -> [String] {
        switch side {
        case .imap:
            let words = capabilities.uppercased().split(separator: " ")
            let named = words.filter { $0.hasPrefix("AUTH=") }.map { String($0.dropFirst(5)) }
            return words.isEmpty ? [] : words.contains("LOGINDISABLED") ? named : named + (named.contains("LOGIN") ? [] : ["LOGIN"])
        case .smtp:
            let line = capabilities.uppercased().split(separator: ";").map { $0.split(separator: " ") }.first { $0.first == "AUTH" }
            return line.map { $0.dropFirst().map(String.init) } ?? []
        }
    }
}

/// The result of `work`, or nil when the time passes first; the work is cancelled then.
func within<Value: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> Value) async -> Value? {
    await withTaskGroup(of: Value?.self) { group in
        group.addTask { await work() }
        group.addTask {
            try? await Task.sleep(for: limit)
            return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
    }
}
