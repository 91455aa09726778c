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
    let methods: [String: Method]
    let gate: RequestGate
    let push: PushService?

    public init(ports: JMAPPorts, limits: JMAPLimits = JMAPLimits(), push: PushService? = nil) {
        self.ports = ports
        self.limits = limits
        self.push = push
        methods = Method.all
        gate = RequestGate(maxRequests: limits.maxConcurrentRequests, maxUploads: limits.maxConcurrentUpload)
    }

    /// Answers one API request (RFC 8620 §3.3) with a Response object.
    ///
    /// Throws `RequestProblem` where the request as a whole is refused.
    public func handle(_ request: [UInt8], user: User) async throws -> [UInt8] {
        var response: [UInt8] = []
        try await handle(request, user: user) { response += $0 }
        return response
    }

    /// The same, writing each method's response when it is there, so that long answers need not wait for the last one.
    public func handle(
        _ bytes: [UInt8], user: User, write: (_ piece: [UInt8]) async throws -> Void
    ) async throws {
        let request = try Request(bytes, limits: limits)
        guard await gate.enter(user.id) else {
            throw RequestProblem.limit("maxConcurrentRequests", status: 429, "Too many requests at the same time.")
        }
        do {
            try await run(request, user: user, write: write)
            await gate.leave(user.id)
        } catch {
            await gate.leave(user.id)
            throw error
        }
    }

    private func run(_ request: Request, user: User, write: (_ piece: [UInt8]) async throws -> Void) async throws {
        let context = RequestContext(
            server: self, user: user, accounts: try await ports.directory.accounts(of: user.id), using: request.using,
            createdIDs: request.createdIDs ?? [:])
        var responses = ResponseList()
        var isFirst = true
        for call in request.calls {
            for response in await respond(to: call, earlier: &responses, context: context) {
                var json = JSONWriter(reserving: response.arguments.count + 64)
                json.beginArray()
                json.string(response.name)
                json.raw(response.arguments)
                json.string(call.id)
                json.endArray()
                try await write(Array((isFirst ? "{\"methodResponses\":[" : ",").utf8) + json.bytes)
                isFirst = false
                responses.append(response, callID: call.id)
            }
        }
        var end = JSONWriter()
        end.beginObject()
        if request.createdIDs != nil {
            end.key("createdIds")
            end.beginObject()
            for (name, id) in context.createdIDs.sorted(by: { $0.key < $1.key }) { end.member(name, id) }
            end.endObject()
        }
        end.member("sessionState", Session.state(user: user, accounts: context.accounts))
        end.endObject()
        let tail = end.bytes.dropFirst()
        try await write(Array((isFirst ? "{\"methodResponses\":[]," : "],").utf8) + tail)
    }

    private func respond(to call: MethodCall, earlier: inout ResponseList, context: RequestContext) async -> [MethodResponse] {
        do {
            guard let method = methods[call.name], context.using.contains(method.capability) else {
                throw MethodError("unknownMethod", "There is no method \"\(call.name)\" in the capabilities that are used.")
            }
            let arguments = try earlier.resolve(call.arguments)
            return try await method.run(arguments, context)
        } catch {
            return [MethodResponse(name: "error", arguments: MethodError(error).json())]
        }
    }

    /// The Session resource (RFC 8620 §2) for a user; `baseURL` without a trailing slash, `https://mail.example.com`.
    public func session(of user: User, baseURL: String) async throws -> [UInt8] {
        Session(user: user, accounts: try await ports.directory.accounts(of: user.id), baseURL: baseURL, limits: limits).json()
    }
}
