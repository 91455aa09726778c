import Foundation
import MailProtocol

extension DiscoveryQuestion {
    /// The domain's own two addresses first, then those of its exchanger's domain (draft-ietf-mailmaint-autoconfig section 4).
    func autoconfig() async throws(DiscoverySilence) -> DiscoveryProposal {
        let own = Self.addresses(of: domain, for: address)
        async let other = exchangerProposal()
        var notes: [DiscoveryNote] = []
        for result in await ask(own) {
            switch result {
            case .success(let config):
                do {
                    return try proposal(config, isOwn: true)
                } catch {
                    notes += error.notes
                }
            case .failure(let note): notes.append(note)
            }
        }
        switch await other {
        case .success(let proposal): return proposal
        case .failure(let silence): notes += silence.notes
        }
        throw DiscoverySilence(notes)
    }

    static func addresses(of domain: String, for address: EmailAddress) -> [String] {
        let escaped = address.text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", ".", "_", "@"])) ?? ""
        return [
            "https://autoconfig.\(domain)/mail/config-v1.1.xml?emailaddress=\(escaped)",
            "https://\(domain)/.well-known/autoconfig/mail/config-v1.1.xml",
        ]
    }

    private func exchangerProposal() async -> Result<DiscoveryProposal, DiscoverySilence> {
        guard let exchanger = await exchangers().first else { return .failure(DiscoverySilence([])) }
        var names = Self.parents(of: exchanger).filter { $0 != domain }
        // A large service is known already: its own documents say no more.
        if catalogue.entry(forExchanger: exchanger) != nil { names = [] }
        var notes: [DiscoveryNote] = []
        for result in await ask(names.map { "https://autoconfig.\($0)/mail/config-v1.1.xml" }) {
            switch result {
            case .success(let config):
                do {
                    return .success(try proposal(config, isOwn: false))
                } catch {
                    notes += error.notes
                }
            case .failure(let note): notes.append(note)
            }
        }
        return .failure(DiscoverySilence(notes))
    }

    /// `mx1.mail.a.co.uk` -> the name above it and the domain it belongs to.
    static func parents(of host: String) -> [String] {
        let labels = host.lowercased().split(separator: ".")
        guard labels.count > 2 else { return labels.count == 2 ? [host.lowercased()] : [] }
        // Without the list of public suffixes: a short label before a country's is one.
        let width = labels[labels.count - 1].count == 2 && labels[labels.count - 2].count <= 3 ? 3 : 2
        let full = labels.dropFirst()
        let base = labels.suffix(width)
        return full.count < width
            ? [] : full.elementsEqual(base) ? [base.joined(separator: ".")] : [full.joined(separator: "."), base.joined(separator: ".")]
    }

    /// All at once, the answers in the order of the addresses.
    private func ask(_ urls: [String]) async -> [Result<ClientConfig, DiscoveryNote>] {
        await withTaskGroup(of: (Int, Result<ClientConfig, DiscoveryNote>).self) { group in
            for (index, url) in urls.enumerated() {
                group.addTask {
                    do throws(DiscoveryNote) {
                        return (index, .success(try Self.read(try await network.document(at: url, posting: nil), url)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    static func read(_ bytes: [UInt8], _ url: String) throws(DiscoveryNote) -> ClientConfig {
        do {
            return try ClientConfig(bytes)
        } catch {
            switch error {
            case .xml(let failure): throw DiscoveryNote(failure, url)
            case .notThisDocument(let root): throw DiscoveryNote(.notThisDocument, ["url": url, "root": root])
            }
        }
    }

    private func proposal(_ config: ClientConfig, isOwn: Bool) throws(DiscoverySilence) -> DiscoveryProposal {
        let incoming = config.incoming.filter { $0.type?.lowercased() == "imap" }.compactMap(endpoint)
        let outgoing = config.outgoing.filter { $0.type?.lowercased() == "smtp" }.compactMap(endpoint)
        guard let receiving = incoming.first else { throw DiscoverySilence(DiscoveryNote(.noIMAP)) }
        guard let sending = outgoing.first else { throw DiscoverySilence(DiscoveryNote(.noSubmission)) }
        var made = DiscoveryProposal(
            source: .autoconfig,
            name: Self.name(LoginTemplate.fill(config.displayName ?? config.displayShortName ?? "", for: address), domain),
            imap: Self.secureFirst(incoming.map(\.0)), smtp: Self.secureFirst(outgoing.map(\.0)))
        let methods = Self.methods(receiving.1).intersection(Self.methods(sending.1))
        guard !methods.isEmpty else {
            throw DiscoverySilence(DiscoveryNote(.unsupportedSignIn, ["offered": receiving.1.authentication.joined(separator: ", ")]))
        }
        made.methods = methods
        switch LoginTemplate(receiving.1.username, for: address) {
        case .format(let format): made.loginFormat = format
        case .literal(let login): (made.loginFormat, made.login) = (.manual, String(login.prefix(200)))
        case .anotherAddress(let other): throw DiscoverySilence(DiscoveryNote(.anotherAddress, ["address": String(other.prefix(200))]))
        }
        if let oauth = config.oAuth2, let authorize = Self.webAddress(oauth.authURL), let token = Self.webAddress(oauth.tokenURL) {
            let scopes = (oauth.scope ?? "").split(separator: " ").map(String.init)
            made.oauth = OAuthSettings(clientID: "", authorizeURL: authorize, tokenURL: token, scopes: scopes)
            made.oauthIssuer = oauth.issuer
        }
        made.documentationURL = Self.webAddress(config.preparation?.url)
        if !isOwn { made.cautions = cautions(made.imap + made.smtp) }
        return made
    }

    private func endpoint(_ server: ClientConfig.Server) -> (ServerEndpoint, ClientConfig.Server)? {
        guard let host = host(server.hostname), let port = server.port, (1...65_535).contains(port) else { return nil }
        let security: ConnectionSecurity
        switch server.socketType.uppercased() {
        case "SSL", "TLS": security = .tls
        case "STARTTLS": security = .startTLS
        case "PLAIN": security = .none
        default: return nil
        }
        return (ServerEndpoint(host: host, port: port, security: security), server)
    }

    /// A document's order stays, but nothing in the clear goes before what is protected.
    private static func secureFirst(_ endpoints: [ServerEndpoint]) -> [ServerEndpoint] {
        endpoints.filter { $0.security != .none } + endpoints.filter { $0.security == .none }
    }

    private static func methods(_ server: ClientConfig.Server) -> Set<AuthenticationMethod> {
        // Older documents leave it out.
        if server.authentication.isEmpty { return [.basic] }
        return Set(
            server.authentication.compactMap { name -> AuthenticationMethod? in
                switch name.lowercased() {
                case "password-cleartext", "plain", "password-encrypted", "secure": .basic
                case "oauth2": .oauth2
                default: nil
                }
            })
    }
}

extension DiscoveryNote {
    init(_ failure: ConfigElement.Failure, _ url: String) {
        switch failure {
        case .tooLarge: self.init(.tooLarge, ["url": url])
        case .documentType: self.init(.documentTypeRefused, ["url": url])
        case .encoding, .malformed: self.init(.malformed, ["url": url])
        }
    }
}
