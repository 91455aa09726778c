/// One authentication exchange, without any I/O: bytes in, bytes out, base64 already removed.
///
/// Usage: send ``initialResponse()`` if it is not nil (or an empty first step), answer each challenge with ``respond(to:)``, and when
/// the server reports success call ``finish(_:)`` before anything else is sent. An error means: cancel, do not go on.
public struct SASLExchange: Sendable {
    /// No mechanism here has a reason to send more; RFC 4422 leaves the limit to us.
    public static let longestChallenge = 16 * 1024

    /// Which mechanism this is.
    public let mechanism: SASLMechanism
    private var machine: any SASLMachine

    /// Prepares an exchange.
    /// - Parameters:
    ///   - host, port: the server as the user named it (OAUTHBEARER repeats them).
    ///   - channelBinding: the TLS session's, for -PLUS.
    ///   - nonce: a source of printable nonces, replaced in tests with the RFCs' own.
    public init(
        _ mechanism: SASLMechanism, credentials: Credentials, host: String = "", port: Int = 0, channelBinding: ChannelBinding? = nil,
        nonce: () -> String = SASLNonce.make
    ) throws(SASLError) {
        self.mechanism = mechanism
        switch (mechanism, credentials) {
        case (.plain, .password(let login, let password)): machine = try PlainMachine(login: login, password: password)
        case (.login, .password(let login, let password)): machine = try LoginMachine(login: login, password: password)
        case (.cramMD5, .password(let login, let password)): machine = CramMD5Machine(login: login, password: password)
        case (.scramSHA1, .password(let login, let password)):
            machine = try ScramMachine(.scramSHA1, hash: .sha1, login: login, password: password, binding: nil, nonce: nonce())
        case (.scramSHA256, .password(let login, let password)):
            machine = try ScramMachine(.scramSHA256, hash: .sha256, login: login, password: password, binding: nil, nonce: nonce())
        case (.scramSHA1Plus, .password(let login, let password)):
            guard let channelBinding else { throw .noChannelBinding }
            machine = try ScramMachine(mechanism, hash: .sha1, login: login, password: password, binding: channelBinding, nonce: nonce())
        case (.scramSHA256Plus, .password(let login, let password)):
            guard let channelBinding else { throw .noChannelBinding }
            machine = try ScramMachine(mechanism, hash: .sha256, login: login, password: password, binding: channelBinding, nonce: nonce())
        case (.xoauth2, .bearer(let login, let token)): machine = try XOAuth2Machine(login: login, token: token)
        case (.oauthBearer, .bearer(let login, let token)):
            machine = try OAuthBearerMachine(login: login, token: token, host: host, port: port)
        case (.external, .external(let login)): machine = ExternalMachine(login: login)
        default: throw .unsuitableCredentials(mechanism)
        }
    }

    /// What is sent before any challenge; nil where the server speaks first.
    public mutating func initialResponse() -> [UInt8]? { machine.initialResponse() }

    /// The answer to one challenge.
    public mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8] {
        guard challenge.count <= Self.longestChallenge else { throw .challengeTooLong }
        return try machine.respond(to: challenge)
    }

    /// Checks that success is legitimate; `additionalData` is what came with it (RFC 4422, section 3.6).
    ///
    /// Throws ``SASLError/serverNotProven`` where the mechanism proves the server too and the proof is missing or wrong.
    public mutating func finish(_ additionalData: [UInt8]? = nil) throws(SASLError) {
        try machine.finish(additionalData)
    }

    /// The server's own words about a refused token (a JSON object, RFC 7628 section 3.2.2), nil for other mechanisms.
    public var serverDiagnostic: String? { machine.serverDiagnostic }
}

/// What each mechanism's machine does.
protocol SASLMachine: Sendable {
    mutating func initialResponse() -> [UInt8]?
    mutating func respond(to challenge: [UInt8]) throws(SASLError) -> [UInt8]
    mutating func finish(_ additionalData: [UInt8]?) throws(SASLError)
    var serverDiagnostic: String? { get }
}

extension SASLMachine {
    mutating func finish(_ additionalData: [UInt8]?) throws(SASLError) {}
    var serverDiagnostic: String? { nil }
}

/// Where nonces come from.
public enum SASLNonce {
    /// 24 letters and digits from the system's random source: 142 bits, printable and free of the comma.
    public static func make() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var random = SystemRandomNumberGenerator()
        return String(decoding: (0..<24).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }, as: UTF8.self)
    }
}
