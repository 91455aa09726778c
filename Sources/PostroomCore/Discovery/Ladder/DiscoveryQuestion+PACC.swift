import MailProtocol

extension DiscoveryQuestion {
    /// The document counts only with the digest in DNS: the two vouch for each other.
    func pacc() async throws(DiscoverySilence) -> DiscoveryProposal {
        async let records = texts(at: PACCDocument.digestName(for: domain))
        let bytes: [UInt8]
        do {
            bytes = try await network.document(at: PACCDocument.url(for: domain), posting: nil)
        } catch {
            throw DiscoverySilence(error)
        }
        let document: PACCDocument
        do {
            document = try PACCDocument(bytes)
        } catch {
            switch error {
            case .tooLarge: throw DiscoverySilence(DiscoveryNote(.tooLarge))
            case .malformed: throw DiscoverySilence(DiscoveryNote(.notThisDocument, ["root": "JSON"]))
            case .incomplete: throw DiscoverySilence(DiscoveryNote(.noIMAP))
            }
        }
        let digests = await records
        guard digests.contains(where: { $0.lowercased().contains("uaac1") }) else { throw DiscoverySilence(DiscoveryNote(.digestMissing)) }
        guard PACCDocument.isVouched(bytes, by: digests) else { throw DiscoverySilence(DiscoveryNote(.digestMismatch)) }
        guard let imap = host(document.imapHost), let smtp = host(document.smtpHost) else {
            throw DiscoverySilence(DiscoveryNote(.malformed))
        }
        var methods: Set<AuthenticationMethod> = document.allowsPassword ? [.basic] : []
        if document.oauthIssuer != nil { methods.insert(.oauth2) }
        return DiscoveryProposal(
            source: .pacc, name: Self.name(document.providerName, domain), imap: [ServerEndpoint(host: imap, port: 993, security: .tls)],
            smtp: [ServerEndpoint(host: smtp, port: 465, security: .tls)], methods: methods, oauthIssuer: document.oauthIssuer,
            documentationURL: Self.webAddress(document.documentationURL))
    }

    private func texts(at name: String) async -> [String] { (try? await network.texts(at: name)) ?? [] }

    /// A host that a stranger named, in canonical spelling.
    func host(_ text: String?) -> String? {
        guard let text, case .success(let host) = HostName.check(LoginTemplate.fill(text, for: address), field: "host") else { return nil }
        return Self.ascii(host)
    }

    /// A stranger's name for the service, bounded.
    static func name(_ text: String?, _ domain: String) -> String {
        let words = (text ?? "").split(whereSeparator: { $0.isWhitespace || $0.isNewline }).joined(separator: " ")
        return words.isEmpty ? domain : String(words.prefix(100))
    }

    /// Links from strangers: https only.
    static func webAddress(_ text: String?) -> String? {
        text.flatMap { $0.hasPrefix("https://") && $0.utf8.count < 500 && !$0.contains(where: \.isWhitespace) ? $0 : nil }
    }
}
