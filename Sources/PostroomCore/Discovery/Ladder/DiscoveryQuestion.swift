import Foundation
import MailProtocol

/// Why a source proposes nothing.
struct DiscoverySilence: Error, Sendable {
    var notes: [DiscoveryNote]
    /// It had something to say that can't be used; false: it knows nothing of the domain.
    var isFailure: Bool

    init(_ note: DiscoveryNote) {
        notes = [note]
        switch note.code {
        case .unknownHost, .noAnswer, .httpStatus, .unreachable, .notThisDocument, .digestMissing: isFailure = false
        default: isFailure = true
        }
    }

    /// The most telling of several.
    init(_ all: [DiscoveryNote]) {
        let silences = all.map { DiscoverySilence($0) }
        let failed = silences.contains(where: \.isFailure)
        let telling = silences.filter { $0.isFailure == failed }.flatMap(\.notes)
        isFailure = failed
        notes = telling.isEmpty ? [DiscoveryNote(.noAnswer)] : telling
    }
}

/// One address put to the sources; each source's way of asking is in a file of its own.
struct DiscoveryQuestion: Sendable {
    let address: EmailAddress
    /// The address's domain as DNS knows it (A-labels).
    let domain: String
    let catalogue: ProviderCatalogue
    let network: any DiscoveryNetwork
    let limits: DiscoveryLimits

    init(address: EmailAddress, catalogue: ProviderCatalogue, network: any DiscoveryNetwork, limits: DiscoveryLimits) {
        self.address = address
        self.domain = Self.ascii(address.domain)
        self.catalogue = catalogue
        self.network = network
        self.limits = limits
    }

    /// A-labels of a name in any script (IDNA); the name itself where it has none.
    static func ascii(_ domain: String) -> String {
        if domain.utf8.allSatisfy({ $0 < 0x80 }) { return domain }
        return URLComponents(string: "https://\(domain)/")?.encodedHost?.lowercased() ?? domain
    }

    /// The hosts of the domain's exchangers; empty where nothing is known.
    func exchangers() async -> [String] { (try? await network.exchangers(of: domain)) ?? [] }

    /// Servers of another domain that only DNS names: fine where they are those of a service we know.
    func cautions(_ endpoints: [ServerEndpoint]) -> [DiscoveryCandidate.Caution] {
        let isOutside = endpoints.contains {
            ServiceSelection.isOutside($0.host, of: domain) && catalogue.entry(serving: $0.host) == nil
        }
        return isOutside ? [.otherDomain] : []
    }
}
