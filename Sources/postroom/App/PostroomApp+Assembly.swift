import Logging
import MailTransport
import PostroomCore
import PostroomJMAP
import PostroomStore
import PostroomWeb

extension PostroomApp {
    /// Adapters to ports, services over them, routes over those.
    static func assemble(
        folder: String, store: SQLiteStore, vault: KeyRing, keys: KeyRotation, sharing: PostgresLeases?,
        network networkControl: NetworkControl, connections: ConnectionOptions, dns: DNSResolver,
        operatorToken: String, logger: Logger
    ) -> PostroomApp {
        let clock = SystemClock()
        let asker = OAuthAsker(options: connections)
        let tokens = AccessTokens(store: store, vault: vault, http: asker, clock: clock, logger: logger)
        let credentials = AccountCredentials(store: store, vault: vault, tokens: tokens)
        let lanes = AccountParts(
            directory: store, mail: store, connecting: credentials, sessions: IMAPSessionOpener(options: connections),
            sender: SMTPMessageSender(options: connections), maintenance: store, clock: clock, logger: logger)
        // Where several nodes share a database, who works for an account writes only while the account is this node's.
        var parts = lanes
        if let sharing {
            let fenced = store.fenced(by: sharing)
            parts.directory = fenced
            parts.mail = fenced
        }
        let supervisor = AccountSupervisor(parts: parts, sharing: sharing, lanes: lanes)
        return PostroomApp(
            folder: folder, store: store, supervisor: supervisor, renewal: TokenRenewal(tokens: tokens, store: store, clock: clock),
            logger: logger
        ) {
            let providers = ProviderService(store: store, vault: vault, clock: clock)
            let accounts = AccountService(
                store: store, credentials: credentials, providers: providers, tester: ConnectionTester(options: connections),
                activity: supervisor, clock: clock)
            let jmap = JMAPServer(
                ports: JMAPPorts(directory: store, mail: store, sources: supervisor, clock: clock),
                push: PushService(
                    directory: store, changes: OwnChanges(changes: store, sharing: sharing), poster: PushPoster(options: connections),
                    clock: clock))
            let limits = DiscoveryLimits()
            let network = LadderNetwork(options: connections, dns: dns, limits: limits)
            return WebServices(
                access: AccessService(store: store, clock: clock), providers: providers, accounts: accounts,
                signIns: SignInService(store: store, accounts: accounts, providers: providers, tokens: tokens, vault: vault, clock: clock),
                metadata: OAuthMetadata(http: asker),
                discovery: DiscoveryService(providers: providers, ladder: DiscoveryLadder(network: network, limits: limits)),
                providerChecks: ProviderChecks(store: store, network: network, clock: clock), probes: ProbeBudget(clock: clock),
                directory: store, mail: store,
                sources: supervisor, serverSearch: supervisor, jmap: jmap,
                outbox: OutboxDecisions(store: store, clock: clock), network: networkControl, maintenance: store,
                keys: keys, clock: clock, version: Version.text,
                operatorToken: operatorToken)
        }
    }
}

extension DataFolderError {
    func sentence(folder: String) -> String {
        switch self {
        case .inUse(_, let pid):
            "The data folder \(folder) is in use by another Postroom\(pid.map { " (process \($0))" } ?? ""): end it first, or use another --data."
        case .notWritable:
            "The data folder \(folder) can't be written: check its owner and permissions, or use another --data."
        }
    }
}
