/// What is known of an address before anything is asked of its owner.
public struct AddressLookup: Sendable {
    public enum Match: String, Sendable {
        case directory, catalogue, discovered, none
    }

    public enum NextStep: String, Sendable {
        case password, login, oauth, choose
        /// Settings were found that a person has to look at first.
        case confirm
        /// The service wants OAuth 2.0, which an administrator has to register for.
        case administrator
    }

    public var address: EmailAddress
    public var match: Match
    public var provider: Provider?
    /// The winner first.
    public var candidates: [DiscoveryCandidate] = []
    public var winner: DiscoveryCandidate?
    /// In the order of trust.
    public var reports: [DiscoveryReport]
    /// All of it together.
    public var milliseconds: Int

    public init(address: EmailAddress, match: Match, provider: Provider?, reports: [DiscoveryReport] = [], milliseconds: Int = 0) {
        self.address = address
        self.match = match
        self.provider = provider
        self.reports = reports
        self.milliseconds = milliseconds
    }

    public var nextStep: NextStep {
        if let settings = provider?.settings {
            if settings.authentication == .oauth2 { return .oauth }
            return settings.loginFormat == .manual ? .login : .password
        }
        guard let winner else { return .choose }
        if winner.authentication == .oauth2 { return .administrator }
        if winner.needsConfirmation { return .confirm }
        return winner.loginFormat == .manual ? .login : .password
    }
}
