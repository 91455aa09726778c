import MailProtocol

extension ProviderService {
    /// Makes a shared provider with its domains out of an entry of the catalogue; from then on it goes before the entry, and can be changed.
    ///
    /// - Parameters:
    ///   - clientID, clientSecret: a registration at the service; with it the provider signs in by OAuth 2.0.
    public func adopt(
        _ entry: CatalogueEntry, clientID: String? = nil, clientSecret: String? = nil, by user: User
    ) async throws -> Provider {
        guard user.isAdmin else { throw Problem(.forbidden) }
        guard var settings = entry.settings() else { throw Problem(.notFound, details: ["what": entry.id]) }
        if let clientID, !clientID.isEmpty, let oauth = entry.oauthSettings(clientID: clientID) {
            settings.authentication = .oauth2
            settings.oauth = oauth
        }
        if let taken = try await store.providers().first(where: { $0.ownerID == nil && Self.isSameService($0.settings, settings) }) {
            throw Problem(.duplicate, field: "id", details: ["value": taken.settings.name])
        }
        let provider = try await add(settings, clientSecret: clientSecret, domains: entry.domains, isShared: true, by: user)
        try await note("catalogue.adopt", entry.id, by: user.id)
        return provider
    }

    /// Where mail is fetched and sent by the same servers in the same way.
    static func isSameService(_ first: ProviderSettings, _ second: ProviderSettings) -> Bool {
        first.imap == second.imap && first.smtp == second.smtp && first.authentication == second.authentication
    }
}
