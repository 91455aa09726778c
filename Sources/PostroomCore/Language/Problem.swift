/// Why a request of a person or a program is not carried out: a stable code and what fills its text.
public struct Problem: Error, Sendable, Hashable {
    public var code: ProblemCode
    /// The request's member at fault, `imap.host`.
    public var field: String?
    /// Values for the text.
    public var details: [String: String]
    /// Members for programs, as they are (`suggestion`).
    public var members: [String: String]

    public init(_ code: ProblemCode, field: String? = nil, details: [String: String] = [:], members: [String: String] = [:]) {
        self.code = code
        self.field = field
        self.details = details
        self.members = members
    }

    public func phrase(in language: Language) -> Phrase {
        (language.catalogue.problems[code] ?? Phrase(code.rawValue)).filled(with: details)
    }
}

/// Several problems of one request, each with its field.
public struct Problems: Error, Sendable, Hashable {
    public var list: [Problem]

    public init(_ list: [Problem]) {
        self.list = list
    }

    /// Throws what is in the list: nothing, the one, or all.
    public static func raise(_ list: [Problem]) throws {
        if list.count == 1 { throw list[0] }
        if !list.isEmpty { throw Problems(list) }
    }
}

/// The stable codes of the REST API and the command line.
public enum ProblemCode: String, Sendable, CaseIterable {
    case badRequest = "bad-request"
    case required
    case unknownMember = "unknown-member"
    case invalidValue = "invalid-value"
    case notFound = "not-found"
    case notSignedIn = "not-signed-in"
    case wrongCredentials = "wrong-credentials"
    case tooManyAttempts = "too-many-attempts"
    case tooManyProbes = "too-many-probes"
    case forbidden
    case crossSite = "cross-site"
    case duplicate
    case tooLarge = "too-large"
    case setupLinkUsed = "setup-link-used"
    case passwordTooShort = "password-too-short"
    case lastAdministrator = "last-administrator"
    case invalidHost = "invalid-host"
    case hostLooksLikeAddress = "host-looks-like-address"
    case invalidPort = "invalid-port"
    case port455 = "port-455"
    case invalidDomain = "invalid-domain"
    case invalidAddress = "invalid-address"
    case providerInUse = "provider-in-use"
    case providersByAdministrators = "providers-by-administrators"
    case signInFailed = "sign-in-failed"
    case shareRight = "share-right"
    case shareWithOwner = "share-with-owner"
    case oauthSignInRequired = "oauth-sign-in-required"
    case notOAuth = "not-oauth"
    case noDeviceSignIn = "no-device-sign-in"
    case noOAuthMetadata = "oauth-no-metadata"
    case signInStateInvalid = "sign-in-state-invalid"
    case signInPending = "sign-in-pending"
    case accountPaused = "account-paused"
    case masterKeyOutside = "master-key-outside"
    case storeBusy = "store-busy"
    case mailServerUnavailable = "mail-server-unavailable"
    case diskFull = "disk-full"
    case accountQuota = "account-quota"
    case internalError = "internal-error"

    /// Who can mend it.
    public var actor: DiagnosisActor {
        switch self {
        case .providersByAdministrators, .forbidden, .diskFull, .internalError, .setupLinkUsed, .masterKeyOutside, .accountQuota:
            .postroomAdministrator
        case .storeBusy, .mailServerUnavailable, .tooManyAttempts, .tooManyProbes: .nobody
        default: .you
        }
    }
}
