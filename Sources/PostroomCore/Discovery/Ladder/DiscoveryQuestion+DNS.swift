import MailProtocol

extension DiscoveryQuestion {
    /// RFC 6186 and RFC 8314: four questions at once.
    func serviceRecords() async throws(DiscoverySilence) -> DiscoveryProposal {
        async let imaps = service("_imaps")
        async let imap = service("_imap")
        async let submissions = service("_submissions")
        async let submission = service("_submission")
        let answers = await [imaps, imap, submissions, submission]
        let failures = answers.compactMap { if case .failure(let note) = $0 { note } else { nil } }
        let found = answers.map { (try? $0.get()) ?? .silent }
        let selection = ServiceSelection(imaps: found[0], imap: found[1], submissions: found[2], submission: found[3])
        if selection.isSilent { throw failures.isEmpty ? DiscoverySilence(DiscoveryNote(.noAnswer)) : DiscoverySilence(failures) }
        if selection.isRefused { throw DiscoverySilence(DiscoveryNote(.notOffered)) }
        let (receiving, sending) = (selection.receiving.compactMap(checked), selection.sending.compactMap(checked))
        guard !receiving.isEmpty else { throw DiscoverySilence(DiscoveryNote(.noIMAP)) }
        guard !sending.isEmpty else { throw DiscoverySilence(DiscoveryNote(.noSubmission)) }
        return DiscoveryProposal(
            source: .srv, name: domain, imap: receiving, smtp: sending, methods: [.basic, .oauth2], cautions: cautions(receiving + sending))
    }

    private func service(_ name: String) async -> Result<ServiceAnswer, DiscoveryNote> {
        do throws(DiscoveryNote) {
            return .success(ServiceAnswer(try await network.services(at: "\(name)._tcp.\(domain)")))
        } catch {
            return error.code == .unknownHost ? .success(.silent) : .failure(error)
        }
    }

    private func checked(_ endpoint: ServerEndpoint) -> ServerEndpoint? {
        host(endpoint.host).map { ServerEndpoint(host: $0, port: endpoint.port, security: endpoint.security) }
    }

    /// A domain whose mail a known service receives.
    func knownExchanger() async throws(DiscoverySilence) -> DiscoveryProposal {
        let exchangers: [String]
        do {
            exchangers = try await network.exchangers(of: domain)
        } catch {
            throw DiscoverySilence(error)
        }
        guard let entry = exchangers.lazy.compactMap({ catalogue.entry(forExchanger: $0) }).first else {
            throw DiscoverySilence(DiscoveryNote(.noAnswer))
        }
        return DiscoveryProposal(entry, source: .mx)
    }

    /// Usual names, and the exchanger itself: small services have one machine for all.
    func guesses() async -> DiscoveryProposal {
        let exchanger = await exchangers().first.flatMap { host($0) }
        let isOwn = exchanger.map { !ServiceSelection.isOutside($0, of: domain) } ?? false
        let extra = isOwn ? [exchanger ?? ""] : []
        func endpoints(_ names: [String], _ ports: [(Int, ConnectionSecurity)]) -> [ServerEndpoint] {
            var hosts: [String] = []
            for name in names + extra where !hosts.contains(name) { hosts.append(name) }
            return ports.flatMap { port, security in hosts.map { ServerEndpoint(host: $0, port: port, security: security) } }
        }
        return DiscoveryProposal(
            source: .guess, name: domain, imap: endpoints(["imap.\(domain)", "mail.\(domain)"], [(993, .tls), (143, .startTLS)]),
            smtp: endpoints(["smtp.\(domain)", "mail.\(domain)"], [(465, .tls), (587, .startTLS)]), methods: [.basic, .oauth2],
            cautions: [.guessed])
    }
}
