/// What is known of an address before anything is asked of its owner.
public struct AddressLookup: Sendable {
    public enum Match: String, Sendable {
        case directory, catalogue, discovered, none
    }

    public enum NextStep: String, Sendable {
        case password, login, oauth, choose
    }

    public var address: EmailAddress
    public var match: Match
    public var provider: Provider?

    public init(address: EmailAddress, match: Match, provider: Provider?) {
        self.address = address
        self.match = match
        self.provider = provider
    }

    public var nextStep: NextStep {
        guard let settings = provider?.settings else { return .choose }
        if settings.authentication == .oauth2 { return .oauth }
        return settings.loginFormat == .manual ? .login : .password
    }
}

extension ProviderService {
    /// The first rung of discovery: the administrator's directory of domains.
    public func lookUp(_ text: String, for user: User) async throws -> AddressLookup {
        let address = try EmailAddress(text)
        let provider = try await provider(forDomain: address.domain, user: user)
        return AddressLookup(address: address, match: provider == nil ? .none : .directory, provider: provider)
    }
}
