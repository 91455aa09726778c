/// Why something does not work, as a value: log lines, API fields and the page's text are made from it.
public struct Diagnosis: Sendable, Hashable, Codable {
    public var stage: DiagnosisStage
    public var cause: DiagnosisCause
    /// The side of the provider that it is about.
    public var side: MailSide
    /// The server's own words, shown beside ours; empty where it said nothing.
    public var serverText: String
    /// Values for the text: `host`, `port`, `name`, `date`, ...
    public var details: [String: String]

    public init(
        stage: DiagnosisStage, cause: DiagnosisCause, side: MailSide, serverText: String = "", details: [String: String] = [:]
    ) {
        self.stage = stage
        self.cause = cause
        self.side = side
        self.serverText = serverText
        self.details = details
    }
}

/// Receiving or sending.
public enum MailSide: String, Sendable, Codable, CaseIterable {
    case imap, smtp
}

/// How far a connection came, in order.
public enum DiagnosisStage: String, Sendable, Codable, CaseIterable {
    case name, connect, tls, greeting, capabilities, signIn = "sign-in", folders, sender, delivery, sync
}

/// Who must act.
public enum DiagnosisActor: String, Sendable, Codable {
    /// The person at the form.
    case you
    case mailAdministrator = "mail-administrator"
    case postroomAdministrator = "postroom-administrator"
    case provider
    /// Nobody: it passes, Postroom tries again.
    case nobody
}
