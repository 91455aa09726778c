import MailProtocol

/// A service's place in DNS (RFC 2782), as the product needs it.
public struct ServiceRecord: Sendable, Hashable {
    public var priority: Int
    public var weight: Int
    public var port: Int
    /// Without the final dot; empty where the service is decidedly not offered.
    public var target: String

    public init(priority: Int, weight: Int, port: Int, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// What a domain says of one kind of service.
public enum ServiceAnswer: Sendable, Equatable {
    /// Nothing is said.
    case silent
    /// Target ".": not offered (RFC 2782, RFC 6186 section 3.4).
    case notOffered
    /// Lowest priority first, drawn by weight within one.
    case offered([ServiceRecord])

    public init(_ records: [ServiceRecord]) {
        let targets = records.filter { !$0.target.isEmpty && (1...65_535).contains($0.port) }
        if !targets.isEmpty {
            self = .offered(targets)
        } else {
            self = records.contains { $0.target.isEmpty } ? .notOffered : .silent
        }
    }

    var records: [ServiceRecord] {
        if case .offered(let records) = self { return records }
        return []
    }
}

/// The four answers that make a mail service (RFC 6186, RFC 8314 section 5.1).
public struct ServiceSelection: Sendable, Equatable {
    public var imaps: ServiceAnswer
    public var imap: ServiceAnswer
    public var submissions: ServiceAnswer
    public var submission: ServiceAnswer

    public init(imaps: ServiceAnswer, imap: ServiceAnswer, submissions: ServiceAnswer, submission: ServiceAnswer) {
        self.imaps = imaps
        self.imap = imap
        self.submissions = submissions
        self.submission = submission
    }

    /// The most that are tried on one side.
    static let mostTargets = 4

    /// Receiving, in the order to try: TLS from the start before STARTTLS where priorities are equal (RFC 8314 section 5.1).
    public var receiving: [ServerEndpoint] { Self.merged(imaps, imap) }
    public var sending: [ServerEndpoint] { Self.merged(submissions, submission) }

    /// True where the domain says that it offers no IMAP, or no submission.
    public var isRefused: Bool {
        let noIMAP = receiving.isEmpty && (imaps == .notOffered || imap == .notOffered)
        return noIMAP || sending.isEmpty && (submissions == .notOffered || submission == .notOffered)
    }

    public var isSilent: Bool { [imaps, imap, submissions, submission].allSatisfy { $0 == .silent } }

    private static func merged(_ implicit: ServiceAnswer, _ explicit: ServiceAnswer) -> [ServerEndpoint] {
        let all =
            implicit.records.enumerated().map { ($0.element, ConnectionSecurity.tls, $0.offset) }
            + explicit.records.enumerated().map { ($0.element, ConnectionSecurity.startTLS, $0.offset) }
        // The draw by weight is the order within a list: it stays.
        let ordered = all.sorted { first, second in
            (first.0.priority, first.1 == .tls ? 0 : 1, first.2) < (second.0.priority, second.1 == .tls ? 0 : 1, second.2)
        }
        return ordered.prefix(mostTargets).map { ServerEndpoint(host: $0.0.target.lowercased(), port: $0.0.port, security: $0.1) }
    }

    /// RFC 6186 section 6: a target outside the domain is shown to the person before a password goes there.
    public static func isOutside(_ host: String, of domain: String) -> Bool {
        let host = host.lowercased()
        return host != domain && !host.hasSuffix("." + domain)
    }
}
