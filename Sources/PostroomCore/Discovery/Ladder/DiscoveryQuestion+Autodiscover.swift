import MailProtocol

extension DiscoveryQuestion {
    /// Asked without credentials: servers that give out nothing then are not for us.
    func autodiscover() async throws(DiscoverySilence) -> DiscoveryProposal {
        let body = AutodiscoverResponse.request(for: address)
        var notes: [DiscoveryNote] = []
        for host in ["autodiscover.\(domain)", domain] {
            do throws(DiscoveryNote) {
                return try await autodiscover(at: "https://\(host)/autodiscover/autodiscover.xml", body, mayRedirect: true)
            } catch {
                notes.append(error)
            }
        }
        throw DiscoverySilence(notes)
    }

    private func autodiscover(at url: String, _ body: String, mayRedirect: Bool) async throws(DiscoveryNote) -> DiscoveryProposal {
        let bytes = try await network.document(at: url, posting: body)
        let response: AutodiscoverResponse
        do {
            response = try AutodiscoverResponse(bytes)
        } catch {
            switch error {
            case .xml(let failure): throw DiscoveryNote(failure, url)
            case .notThisDocument(let root): throw DiscoveryNote(.notThisDocument, ["url": url, "root": root])
            case .refused: throw DiscoveryNote(.noAnswer, ["url": url])
            }
        }
        if let next = response.redirectURL {
            guard mayRedirect else { throw DiscoveryNote(.tooManyRedirects, ["url": url]) }
            guard next.lowercased().hasPrefix("https://") else { throw DiscoveryNote(.insecureRedirect, ["url": url]) }
            return try await autodiscover(at: next, body, mayRedirect: false)
        }
        return try proposal(response)
    }

    private func proposal(_ response: AutodiscoverResponse) throws(DiscoveryNote) -> DiscoveryProposal {
        func endpoints(_ type: String, _ usual: [Int: ConnectionSecurity]) -> [(ServerEndpoint, AutodiscoverResponse.Server)] {
            response.servers.filter { $0.type == type && !$0.wantsSPA }.compactMap { server in
                guard let host = host(server.host) else { return nil }
                let port = server.port ?? (type == "IMAP" ? 993 : 587)
                guard (1...65_535).contains(port) else { return nil }
                let security: ConnectionSecurity =
                    switch server.security {
                    case .tls?: .tls
                    case .startTLS?: .startTLS
                    case AutodiscoverResponse.Server.Security.none?: .none
                    case nil: usual[port] ?? .startTLS
                    }
                return (ServerEndpoint(host: host, port: port, security: security), server)
            }
        }
        let receiving = endpoints("IMAP", [993: .tls, 143: .startTLS])
        let sending = endpoints("SMTP", [465: .tls, 587: .startTLS])
        guard let first = receiving.first else { throw DiscoveryNote(.noIMAP) }
        guard !sending.isEmpty else { throw DiscoveryNote(.noSubmission) }
        var made = DiscoveryProposal(
            source: .autodiscover, name: domain, imap: receiving.map(\.0), smtp: sending.map(\.0), methods: [.basic, .oauth2])
        switch LoginTemplate(first.1.login, for: address) {
        case .format(let format): made.loginFormat = format
        case .literal(let login): (made.loginFormat, made.login) = (.manual, String(login.prefix(200)))
        case .anotherAddress(let other): throw DiscoveryNote(.anotherAddress, ["address": String(other.prefix(200))])
        }
        return made
    }
}
