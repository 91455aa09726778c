import MailProtocol

/// One step of a connection test: what was tried, how it went and what showed it.
public struct DiagnosticStage: Sendable, Hashable, Codable {
    public enum Verdict: String, Sendable, Codable {
        case ok
        /// It works, and a person should know something about it (no TLS, a folder is missing, ...).
        case warning
        case failed
        /// Not tried, because an earlier stage failed or nothing was given to try it with.
        case skipped
    }

    public var side: MailSide
    public var stage: DiagnosisStage
    public var verdict: Verdict
    public var milliseconds: Int
    /// What was seen, for people who know servers: an address, a TLS version, a greeting, a list of capabilities. No secrets.
    public var evidence: String
    public var diagnosis: Diagnosis?
    /// The server stands in a private network: what it says of itself is for administrators only.
    public var isPrivate = false

    public init(
        side: MailSide, stage: DiagnosisStage, verdict: Verdict, milliseconds: Int = 0, evidence: String = "", diagnosis: Diagnosis? = nil
    ) {
        self.side = side
        self.stage = stage
        self.verdict = verdict
        self.milliseconds = milliseconds
        self.evidence = evidence
        self.diagnosis = diagnosis
    }
}

/// Tries a server stage by stage, without leaving anything on it.
public protocol ConnectionTesting: Sendable {
    /// Every stage of `side` in order: name, connect, TLS, greeting, capabilities, sign-in, then folders (IMAP) or sender (SMTP).
    ///
    /// - Parameters:
    ///   - credentials: nil stops after the capabilities; the later stages are `skipped`.
    ///   - sender: SMTP only: the address that MAIL FROM is tried with (and taken back with RSET).
    ///   - pinnedCertificate: SHA-256 of a certificate that is trusted beside the trust store, 64 hex digits.
    func test(
        _ side: MailSide, at endpoint: ServerEndpoint, credentials: Credentials?, sender: String?, pinnedCertificate: String?
    ) async -> [DiagnosticStage]

    /// Sends a short message from an address to itself and waits for it in the inbox: one stage for sending, one for receiving.
    ///
    /// The message stays in the mailbox: nothing there is deleted.
    func sendToSelf(
        _ address: String, through smtp: ConnectionDetails, awaitedAt imap: ConnectionDetails, within limit: Duration
    ) async -> [DiagnosticStage]
}

extension [DiagnosticStage] {
    /// The first stage that failed; nil where the connection works.
    public var failure: DiagnosticStage? { first { $0.verdict == .failed } }

    /// What an ordinary member may see: of servers in private networks the causes, not their words (they would be an oracle for whoever
    /// wants to know what runs there).
    public func shown(to user: User) -> [DiagnosticStage] { user.isAdmin ? self : map(\.withoutOracle) }
}

extension DiagnosticStage {
    var withoutOracle: DiagnosticStage {
        guard isPrivate || diagnosis?.cause == .addressNotAllowed else { return self }
        var shown = self
        shown.evidence = ""
        shown.diagnosis?.serverText = ""
        if let host = diagnosis?.details["host"], diagnosis?.details["address"] != nil { shown.diagnosis?.details["address"] = host }
        for name in ["names", "issuer", "reason", "mechanisms", "fingerprint"] { shown.diagnosis?.details[name] = nil }
        return shown
    }
}
