import MailProtocol

/// Who serves an address: the directory first, then the ladder.
public struct DiscoveryService: Sendable {
    let providers: ProviderService
    public let ladder: DiscoveryLadder

    public init(providers: ProviderService, ladder: DiscoveryLadder) {
        self.providers = providers
        self.ladder = ladder
    }

    /// A hit in the directory asks nobody else: an administrator has said it and tested it.
    public func discover(_ text: String, for user: User) async throws -> AddressLookup {
        let began = ContinuousClock.now
        let address = try EmailAddress(text)
        if let provider = try await providers.provider(forDomain: address.domain, user: user) {
            let time = (ContinuousClock.now - began).wholeMilliseconds
            let reports = DiscoverySource.allCases.map { source in
                source == .directory
                    ? DiscoveryReport(source, .won, milliseconds: time)
                    : DiscoveryReport(source, .skipped, notes: [DiscoveryNote(.notNeeded)])
            }
            return AddressLookup(address: address, match: .directory, provider: provider, reports: reports, milliseconds: time)
        }
        let outcome = await ladder.climb(address)
        var found = AddressLookup(
            address: address, match: outcome.winner.map { $0.source == .catalogue ? .catalogue : .discovered } ?? .none, provider: nil,
            reports: outcome.reports, milliseconds: (ContinuousClock.now - began).wholeMilliseconds)
        found.candidates = outcome.candidates
        found.winner = outcome.winner
        return found
    }
}
