import PostroomCore
import PostroomJMAP

/// What the routes work with; put together in one place, `postroom`'s build function.
public struct WebServices: Sendable {
    public var access: AccessService
    public var providers: ProviderService
    public var accounts: AccountService
    public var discovery: DiscoveryService
    public var providerChecks: ProviderChecks
    public var probes: ProbeBudget
    /// Sign-ins at providers' own pages.
    public var signIns: SignInService
    /// What authorization servers publish of themselves.
    public var metadata: OAuthMetadata
    public var directory: any DirectoryStore
    public var mail: any MailStore
    public var sources: any SourceFetching
    public var serverSearch: any ServerSearching
    public var jmap: JMAPServer
    /// A person's decisions about what left the outbox without a certain end.
    public var outbox: any OutboxDeciding
    public var network: any NetworkControlling
    public var maintenance: any StoreMaintaining
    public var keys: KeyRotation
    public var clock: any Clock
    public var version: String
    /// Lets the owner of the data folder act as any user (`server.json`); nil: nobody.
    public var operatorToken: String?

    public init(
        access: AccessService, providers: ProviderService, accounts: AccountService, signIns: SignInService,
        metadata: OAuthMetadata, discovery: DiscoveryService,
        providerChecks: ProviderChecks, probes: ProbeBudget = ProbeBudget(), directory: any DirectoryStore, mail: any MailStore,
        sources: any SourceFetching, serverSearch: any ServerSearching, jmap: JMAPServer, outbox: any OutboxDeciding,
        network: any NetworkControlling, maintenance: any StoreMaintaining, keys: KeyRotation, clock: any Clock = SystemClock(),
        version: String, operatorToken: String? = nil
    ) {
        self.access = access
        self.providers = providers
        self.accounts = accounts
        self.discovery = discovery
        self.providerChecks = providerChecks
        self.probes = probes
        self.signIns = signIns
        self.metadata = metadata
        self.directory = directory
        self.mail = mail
        self.sources = sources
        self.serverSearch = serverSearch
        self.jmap = jmap
        self.outbox = outbox
        self.network = network
        self.maintenance = maintenance
        self.keys = keys
        self.clock = clock
        self.version = version
        self.operatorToken = operatorToken
    }
}
