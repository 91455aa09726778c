import MailProtocol

/// What discovery asks the world. Every answer is bounded in time and size, and every address is checked against the address policy.
public protocol DiscoveryNetwork: Sendable {
    /// Hosts of mail exchangers, the most preferred first; empty for none, and for a domain that takes no mail (RFC 7505).
    func exchangers(of domain: String) async throws(DiscoveryNote) -> [String]
    /// SRV records, in the order to try; empty for none.
    func services(at name: String) async throws(DiscoveryNote) -> [ServiceRecord]
    func texts(at name: String) async throws(DiscoveryNote) -> [String]
    /// The body of a 200 answer over https; a GET follows redirects within https.
    func document(at url: String, posting body: String?) async throws(DiscoveryNote) -> [UInt8]
    /// Connects, and goes as far as one can without credentials.
    func probe(_ side: MailSide, at endpoint: ServerEndpoint) async -> ServerProbe
}

/// What a server showed of itself before anybody signed in.
public struct ServerProbe: Sendable, Equatable {
    public var side: MailSide
    public var endpoint: ServerEndpoint
    public var stages: [DiagnosticStage]
    /// SASL mechanisms it offers, and `LOGIN` for IMAP's own command.
    public var mechanisms: [String]
    public var milliseconds: Int

    public init(side: MailSide, endpoint: ServerEndpoint, stages: [DiagnosticStage], mechanisms: [String], milliseconds: Int) {
        self.side = side
        self.endpoint = endpoint
        self.stages = stages
        self.mechanisms = mechanisms
        self.milliseconds = milliseconds
    }

    public var diagnosis: Diagnosis? { stages.failure?.diagnosis }
    public var takesPassword: Bool {
        mechanisms.contains { ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"].contains($0.replacing("-PLUS", with: "")) }
    }
    public var takesToken: Bool { mechanisms.contains { $0 == "XOAUTH2" || $0 == "OAUTHBEARER" } }
    /// It answers, and there is a way to sign in.
    public var isUsable: Bool { stages.failure == nil && (takesPassword || takesToken) }
}

/// The bounds of one discovery.
public struct DiscoveryLimits: Sendable, Equatable {
    /// Everything together: what has not answered by then is left out.
    public var total = Duration.seconds(4)
    /// One document or one DNS answer of a source.
    public var question = Duration.milliseconds(2_500)
    /// One server's connection, TLS, greeting and capabilities.
    public var probe = Duration.milliseconds(2_500)
    /// Servers tried on one side of one answer.
    public var serversPerSide = 3

    public init() {}
}
