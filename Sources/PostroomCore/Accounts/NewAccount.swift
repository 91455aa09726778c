import MailProtocol

/// What a person types to connect a mailbox.
public struct NewAccount: Sendable {
    public var address: String
    public var providerID: ProviderID
    /// nil or empty: made from the address by the provider's login format.
    public var login: String?
    public var password: Secret
    public var senderName: String
    public var settings: AccountSettings

    public init(
        address: String, providerID: ProviderID, login: String? = nil, password: Secret, senderName: String = "",
        settings: AccountSettings = AccountSettings()
    ) {
        self.address = address
        self.providerID = providerID
        self.login = login
        self.password = password
        self.senderName = senderName
        self.settings = settings
    }

    /// A side that the account is not to use is not signed in to.
    var skippedSides: Set<MailSide> {
        var sides: Set<MailSide> = []
        if !settings.receiveEnabled { sides.insert(.imap) }
        if !settings.sendEnabled { sides.insert(.smtp) }
        return sides
    }
}

/// What is to change of an account; nil stays.
public struct AccountChange: Sendable {
    public var login: String?
    public var password: Secret?
    public var providerID: ProviderID?
    public var settings: AccountSettings?

    public init(login: String? = nil, password: Secret? = nil, providerID: ProviderID? = nil, settings: AccountSettings? = nil) {
        self.login = login
        self.password = password
        self.providerID = providerID
        self.settings = settings
    }

    var touchesSignIn: Bool { login != nil || password != nil || providerID != nil }
}

/// The servers did not let an account in: a verdict a side, and the field at fault.
public struct SignInFailure: Error, Sendable {
    public var stages: [DiagnosticStage]

    /// nil where nothing failed.
    init?(stages: [DiagnosticStage]) {
        guard stages.failure != nil else { return nil }
        self.stages = stages
    }

    /// Without the words of servers in private networks, where the user is no administrator.
    public func shown(to user: User) -> SignInFailure {
        var failure = self
        failure.stages = stages.shown(to: user)
        return failure
    }

    public func diagnosis(of side: MailSide) -> Diagnosis? {
        stages.filter { $0.side == side }.failure?.diagnosis
    }

    /// The form's field to mark: that of the side that failed first in time for a person, receiving before sending.
    public var field: String? {
        for side in MailSide.allCases {
            guard let diagnosis = diagnosis(of: side) else { continue }
            switch diagnosis.field {
            case "password", "login": return diagnosis.field
            case .some: return "provider"
            case nil: return nil
            }
        }
        return nil
    }
}
