/// The rungs of the ladder, the most trusted first: where two disagree, the earlier one is right.
public enum DiscoverySource: String, Sendable, Codable, CaseIterable, Comparable {
    /// The administrator's directory of domains.
    case directory
    /// The catalogue that comes with the program.
    case catalogue
    /// The domain's own settings, bound to it by a digest in DNS (draft-ietf-mailmaint-pacc).
    case pacc
    /// clientConfig from the domain's web server, or from that of its mail exchanger.
    case autoconfig
    /// SRV records (RFC 6186, RFC 8314).
    case srv
    /// A mail exchanger that belongs to a service of the catalogue.
    case mx
    /// Microsoft's Autodiscover (POX).
    case autodiscover
    /// Usual host names, only probed; nobody vouches for them.
    case guess

    public var trust: Int { Self.allCases.count - (Self.allCases.firstIndex(of: self) ?? 0) }

    public static func < (first: Self, second: Self) -> Bool { first.trust > second.trust }
}

/// What one source had to say, and what became of it.
public struct DiscoveryReport: Sendable, Equatable {
    public enum Verdict: String, Sendable, Codable {
        /// This is what is proposed.
        case won
        /// It had an answer that works, and a more trusted one goes first.
        case lost
        /// It said nothing about this address.
        case nothing
        /// It had an answer that can't be used.
        case failed
        case timedOut = "timed-out"
        /// Not asked, or not waited for: a more trusted source had answered.
        case skipped
    }

    public var source: DiscoverySource
    public var verdict: Verdict
    public var milliseconds: Int
    /// Why, the most telling first.
    public var notes: [DiscoveryNote]

    public init(_ source: DiscoverySource, _ verdict: Verdict, milliseconds: Int = 0, notes: [DiscoveryNote] = []) {
        self.source = source
        self.verdict = verdict
        self.milliseconds = milliseconds
        self.notes = notes
    }
}

/// One thing that a source met, as a value; the text is made in the user's language.
public struct DiscoveryNote: Error, Sendable, Hashable {
    /// Stable codes.
    public enum Code: String, Sendable, CaseIterable {
        case verified
        case overruled
        case notNeeded = "not-needed"
        case noAnswer = "no-answer"
        case timedOut = "timed-out"
        case unknownHost = "unknown-host"
        case nameServerFailure = "name-server-failure"
        case unreachable
        case addressNotAllowed = "address-not-allowed"
        case certificate
        case insecureRedirect = "insecure-redirect"
        case tooManyRedirects = "too-many-redirects"
        case httpStatus = "http-status"
        case tooLarge = "too-large"
        case notThisDocument = "not-this-document"
        case documentTypeRefused = "document-type-refused"
        case malformed
        case noIMAP = "no-imap"
        case noSubmission = "no-submission"
        case anotherAddress = "another-address"
        case digestMissing = "digest-missing"
        case digestMismatch = "digest-mismatch"
        case notOffered = "not-offered"
        case unsupportedSignIn = "unsupported-sign-in"
        case receivingFailed = "receiving-failed"
        case sendingFailed = "sending-failed"
        case unverified
    }

    public var code: Code
    /// Values for the text: `host`, `url`, `status`, `reason`, `domain`.
    public var details: [String: String]

    public init(_ code: Code, _ details: [String: String] = [:]) {
        self.code = code
        self.details = details
    }
}
