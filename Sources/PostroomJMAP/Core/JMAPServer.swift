import PostroomCore

/// What JMAP is served from.
public struct JMAPPorts: Sendable {
    public var directory: any DirectoryStore
    public var mail: any MailStore
    public var sources: any SourceFetching
    public var clock: any Clock

    public init(directory: any DirectoryStore, mail: any MailStore, sources: any SourceFetching, clock: any Clock = SystemClock()) {
        self.directory = directory
        self.mail = mail
        self.sources = sources
        self.clock = clock
    }
}

/// RFC 8620 and 8621 over the store, without HTTP: request bytes in, response bytes out.
public struct JMAPServer: Sendable {
    public let ports: JMAPPorts
    public let limits: JMAPLimits
    /// Part of the session's state, which every response has: put into words once.
    let limitsText: String
    let methods: [String: Method]
    let gate: RequestGate
    public let push: PushService?

    public init(ports: JMAPPorts, limits: JMAPLimits = JMAPLimits(), push: PushService? = nil) {
        self.ports = ports
        self.limits = limits
        limitsText = "\(limits)"
        self.push = push
        methods = Method.all
        gate = RequestGate(maxRequests: limits.maxConcurrentRequests, maxUploads: limits.maxConcurrentUpload)
    }

    /// Answers one API request (RFC 8620 §3.3) with a Response object.
    ///
    /// Throws `RequestProblem` where the request as a whole is refused.
    public func handle(
        _ request: [UInt8], user: User, credential: RequestCredential = .password, language: Language = .english
    ) async throws -> [UInt8] {
        let run = try await begin(request, user: user, credential: credential, language: language)
        var response: [UInt8] = []
        while let piece = await run.next() { response += piece }
        return response
    }

    /// The same in pieces. Whoever begins a run either reads it to its end or ends it.
    public func begin(
        _ bytes: [UInt8], user: User, credential: RequestCredential = .password, language: Language = .english
    ) async throws -> JMAPRun {
        let request = try Request(bytes, limits: limits)
        guard await gate.enter(user.id) else {
            throw RequestProblem.limit("maxConcurrentRequests", status: 429, "Too many requests at the same time.")
        }
        do {
            let context = RequestContext(
                server: self, user: user, accounts: try await ports.directory.accounts(reachableBy: user.id), using: request.using,
                createdIDs: request.createdIDs ?? [:], credential: credential, language: language)
            return JMAPRun(request, context: context, gate: gate)
        } catch {
            await gate.leave(user.id)
            throw error
        }
    }

    /// The Session resource (RFC 8620 §2) for a user; `baseURL` without a trailing slash, `https://mail.example.com`.
    public func session(of user: User, baseURL: String) async throws -> [UInt8] {
        Session(
            user: user, accounts: try await ports.directory.accounts(reachableBy: user.id), baseURL: baseURL, limits: limits,
            limitsText: limitsText
        ).json()
    }
}
