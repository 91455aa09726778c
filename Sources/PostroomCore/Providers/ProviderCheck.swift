import Foundation
import MailProtocol

/// Whether a provider's real servers still answer as they are entered: looked at once a day, and when an administrator asks.
public struct ProviderCheck: Sendable, Hashable, Codable {
    public struct Side: Sendable, Hashable, Codable {
        public var side: MailSide
        /// nil: the server answers as entered.
        public var diagnosis: Diagnosis?
        /// The entry's way to sign in is not among what the server offers.
        public var lacksMethod: Bool
        public var mechanisms: [String]
    }

    public var at: Timestamp
    public var sides: [Side]

    public var isGood: Bool { sides.allSatisfy { $0.diagnosis == nil && !$0.lacksMethod } }

    public init(at: Timestamp, probes: [ServerProbe], settings: ProviderSettings) {
        self.at = at
        sides = probes.map { probe in
            let offers = settings.authentication == .oauth2 ? probe.takesToken : probe.takesPassword
            return Side(
                side: probe.side, diagnosis: probe.diagnosis, lacksMethod: probe.diagnosis == nil && !offers, mechanisms: probe.mechanisms)
        }
    }
}

/// Makes and keeps the checks of providers.
public struct ProviderChecks: Sendable {
    let store: any DirectoryStore
    let network: any DiscoveryNetwork
    let clock: any Clock

    /// Between two looks at the same provider.
    public static let interval = Duration.seconds(86_400)

    public init(store: any DirectoryStore, network: any DiscoveryNetwork, clock: any Clock = SystemClock()) {
        self.store = store
        self.network = network
        self.clock = clock
    }

    /// Looks at both servers now, and keeps what was seen.
    public func check(_ provider: Provider) async throws -> ProviderCheck {
        let settings = provider.settings
        async let receiving = network.probe(.imap, at: settings.imap)
        async let sending = network.probe(.smtp, at: settings.smtp)
        let check = await ProviderCheck(at: clock.now(), probes: [receiving, sending], settings: settings)
        let text = String(decoding: try JSONEncoder().encode(check), as: UTF8.self)
        try await store.setSetting(Self.name(provider.id), to: text)
        return check
    }

    /// The last one; nil where none was made since the settings changed.
    public func last(of provider: Provider) async throws -> ProviderCheck? {
        guard let text = try await store.setting(Self.name(provider.id)),
            let check = try? JSONDecoder().decode(ProviderCheck.self, from: Data(text.utf8)), check.at >= provider.updatedAt
        else { return nil }
        return check
    }

    /// Looks at shared providers that nobody has looked at for a day, one after another; `keepGoing` ends it early.
    public func checkAll() async throws {
        for provider in try await store.providers() where provider.ownerID == nil {
            let last = try await last(of: provider)
            let due = last.map { $0.at.adding(seconds: Self.interval.components.seconds) <= clock.now() } ?? true
            if due { _ = try await check(provider) }
            try Task.checkCancellation()
        }
    }

    private static func name(_ id: ProviderID) -> String { "provider-check.\(id)" }
}
