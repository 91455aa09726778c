import Logging

/// What accounts are kept running with.
public struct AccountParts: Sendable {
    public var directory: any DirectoryStore
    public var mail: any MailStore
    public var connecting: any AccountConnecting
    public var sessions: any MailSessionOpening
    public var sender: any MessageSender
    /// Tells when a full disk has room again; nil: it is tried with growing pauses.
    public var maintenance: (any StoreMaintaining)?
    public var clock: any Clock
    public var logger: Logger
    /// Without IDLE, and for folders that IDLE does not watch: how often to look.
    public var lookInterval: Duration
    /// The longest wait for a server that said nothing; then it must prove that it lives.
    public var heartbeat: Duration

    public init(
        directory: any DirectoryStore, mail: any MailStore, connecting: any AccountConnecting, sessions: any MailSessionOpening,
        sender: any MessageSender, maintenance: (any StoreMaintaining)? = nil, clock: any Clock = SystemClock(), logger: Logger,
        lookInterval: Duration = .seconds(60),
        heartbeat: Duration = .seconds(540)
    ) {
        self.directory = directory
        self.mail = mail
        self.connecting = connecting
        self.sessions = sessions
        self.sender = sender
        self.maintenance = maintenance
        self.clock = clock
        self.logger = logger
        self.lookInterval = lookInterval
        self.heartbeat = heartbeat
    }
}
