import Hummingbird
import MailProtocol
import PostroomCore
import PostroomJMAP

/// Providers, their domains and members' wishes for more.
struct ProviderRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("providers") { _, context in
            let user = try context.user
            return Response.json(["providers": .array(try await render(try await services.providers.providers(for: user), for: user))])
        }
        group.post("providers") { request, context in try await addProvider(request, context) }
        group.post("providers/test") { request, context in try await test(request, context) }
        group.get("providers/:id") { _, context in
            let user = try context.user
            return Response.json(try await render(services.providers.provider(Self.id(context), for: user), for: user))
        }
        group.patch("providers/:id") { request, context in try await update(request, context) }
        group.post("providers/:id/share") { _, context in
            let user = try context.user
            return Response.json(try await render(services.providers.share(Self.id(context), by: user), for: user))
        }
        group.delete("providers/:id") { _, context in try await remove(context) }
    }

    static func id(_ context: WebContext) throws -> ProviderID { try ProviderID(context.parameters.require("id", as: Int64.self)) }

    func render(_ provider: Provider, for user: User) async throws -> JSONValue {
        try await render([provider], for: user).first ?? .null
    }

    func render(_ providers: [Provider], for user: User) async throws -> [JSONValue] {
        let domains = Dictionary(grouping: try await services.directory.domains(), by: \.providerID)
        let accounts = Dictionary(grouping: try await services.directory.accounts(), by: \.providerID)
        var rendered: [JSONValue] = []
        for provider in providers {
            var hasSecret = false
            if provider.settings.oauth != nil { hasSecret = try await services.directory.sealedClientSecret(of: provider.id) != nil }
            var json =
                provider.json(
                    domains: (domains[provider.id] ?? []).map(\.domain).sorted(), accountCount: accounts[provider.id]?.count ?? 0,
                    hasClientSecret: hasSecret, for: user
                ).object ?? JSONObject()
            if ProviderService.mayEdit(provider, user) {
                let language = Language(rawValue: user.profile.language) ?? .english
                json.set("check", to: try await services.providerChecks.last(of: provider)?.json(in: language) ?? .null)
            }
            rendered.append(.object(json))
        }
        return rendered
    }

    private func addProvider(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        var body = try await RequestBody(request)
        var (settings, secret) = Self.settings(&body, over: nil)
        let domains = body.strings("domains") ?? []
        let isShared = body.bool("isShared") ?? true
        settings.oauth = try await discovered(settings.oauth)
        try Self.finish(body, settings, secret: secret)
        let provider = try await services.providers.add(
            settings, clientSecret: secret, domains: domains, isShared: isShared, by: user)
        return Response.json(try await render(provider, for: user), status: .created)
    }

    /// An issuer without addresses is asked for them.
    private func discovered(_ oauth: OAuthSettings?) async throws -> OAuthSettings? {
        guard let oauth, let issuer = oauth.issuer, oauth.authorizeURL.isEmpty, oauth.tokenURL.isEmpty else { return oauth }
        var found = try await services.metadata.discover(issuer: issuer)
        found.clientID = oauth.clientID
        found.isPublic = oauth.isPublic
        if !oauth.scopes.isEmpty { found.scopes = oauth.scopes }
        return found
    }

    private func update(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        let current = try await services.providers.provider(Self.id(context), for: user)
        var body = try await RequestBody(request)
        let domains = body.strings("domains")
        let (settings, secret) = Self.settings(&body, over: current.settings)
        try body.finish()
        let provider = try await services.providers.update(
            current.id, settings: settings, clientSecret: secret, domains: domains, by: user)
        for account in try await services.directory.accounts(using: current.id) where !account.settings.isPaused {
            await services.accounts.restartActivity(of: account.id)
        }
        return Response.json(try await render(provider, for: user))
    }

    private func remove(_ context: WebContext) async throws -> Response {
        let user = try context.user
        do {
            try await services.providers.remove(Self.id(context), by: user)
        } catch let failure as ProviderInUse {
            let names = Dictionary(uniqueKeysWithValues: try await services.directory.users().map { ($0.id, $0.displayName) })
            let accounts = failure.accounts.map { account -> JSONValue in
                ["id": .id(account.id), "address": .string(account.address), "userName": .text(names[account.userID])]
            }
            return ProblemMiddleware.document(
                failure.problem, status: .conflict, language: context.language, members: ["accounts": .array(accounts)])
        }
        return .noContent
    }

    private func test(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        var body = try await RequestBody(request)
        var settings = ProviderSettings(
            name: "", imap: ServerEndpoint(host: "", port: 993, security: .tls), smtp: ServerEndpoint(host: "", port: 465, security: .tls))
        if var nested = body.object("provider") {
            settings = Self.settings(&nested, over: nil).0
            nested.ignore("domains", "isShared", "id")
            body.finish(nested)
        } else {
            _ = body.required("provider")
        }
        let (address, login) = (body.string("address"), body.string("login"))
        let password = body.string("password").map { Secret($0) }
        try body.finish()
        try await services.probes.take(.test, for: user)
        let stages = try await services.accounts.test(settings, address: address, login: login, password: password)
        return Response.json(["stages": .array(stages.shown(to: user).map { $0.json(in: context.language) })])
    }

    /// Problems of the shape and of the values in one answer, so that a form marks all its fields at once.
    private static func finish(_ body: RequestBody, _ settings: ProviderSettings, secret: String?) throws {
        do {
            try body.finish()
        } catch let shape {
            var list = (shape as? Problems)?.list ?? [(shape as? Problem)].compactMap { $0 }
            do {
                _ = try ProviderService.check(settings, hasClientSecret: secret?.isEmpty == false, domains: [])
            } catch let values {
                let more = (values as? Problems)?.list ?? [(values as? Problem)].compactMap { $0 }
                list += more.filter { problem in !list.contains { $0.field == problem.field } }
            }
            try Problems.raise(list)
        }
    }

    /// The provider's members over what is there, or over the defaults of a new one.
    static func settings(_ body: inout RequestBody, over current: ProviderSettings?) -> (ProviderSettings, secret: String?) {
        var settings =
            current
            ?? ProviderSettings(
                name: "", imap: ServerEndpoint(host: "", port: 993, security: .tls),
                smtp: ServerEndpoint(host: "", port: 465, security: .tls))
        if let name = body.string("name") { settings.name = name }
        if let type = body.string("serviceType"), type != "imap" {
            body.add(Problem(.invalidValue, field: "serviceType", details: ["field": "serviceType", "value": type, "allowed": "imap"]))
        }
        settings.imap = endpoint(&body, "imap", over: settings.imap, byPort: [993: .tls, 143: .startTLS], isNew: current == nil)
        settings.smtp = endpoint(&body, "smtp", over: settings.smtp, byPort: [465: .tls, 587: .startTLS], isNew: current == nil)
        settings.loginFormat = body.choice("loginFormat", LoginFormat.self) ?? settings.loginFormat
        settings.authentication = body.choice("authentication", AuthenticationMethod.self) ?? settings.authentication
        if body.isNull("pinnedCertificate") { settings.pinnedCertificate = nil }
        settings.pinnedCertificate = body.string("pinnedCertificate") ?? settings.pinnedCertificate
        var secret: String?
        if var nested = body.object("oauth") {
            var oauth = settings.oauth ?? OAuthSettings(clientID: "", authorizeURL: "", tokenURL: "", scopes: [])
            oauth.clientID = nested.string("clientId") ?? oauth.clientID
            oauth.authorizeURL = nested.string("authorizeUrl") ?? oauth.authorizeURL
            oauth.tokenURL = nested.string("tokenUrl") ?? oauth.tokenURL
            // null or empty takes an address away, absent leaves it.
            func address(_ name: String, _ current: String?) -> String? {
                guard nested.has(name) else { return current }
                return nested.string(name).flatMap { $0.isEmpty ? nil : $0 }
            }
            oauth.revocationURL = address("revocationUrl", oauth.revocationURL)
            oauth.deviceURL = address("deviceUrl", oauth.deviceURL)
            oauth.userinfoURL = address("userinfoUrl", oauth.userinfoURL)
            oauth.issuer = address("issuer", oauth.issuer)
            nested.ignore("revocationUrl", "deviceUrl", "userinfoUrl", "issuer")
            oauth.sendsIssuer = nested.bool("sendsIssuer") ?? oauth.sendsIssuer
            oauth.isPublic = nested.bool("isPublic") ?? oauth.isPublic
            oauth.clientAuthentication = nested.choice("clientAuthentication", OAuthClientAuthentication.self) ?? oauth.clientAuthentication
            oauth.scopes = nested.strings("scopes") ?? oauth.scopes
            secret = nested.string("clientSecret")
            nested.ignore("hasClientSecret")
            body.finish(nested)
            settings.oauth = oauth
        }
        body.ignore("id", "ownerId", "accountCount", "mayEdit", "createdAt", "updatedAt", "domains", "isShared")
        return (settings, secret)
    }

    /// A port without a security proposes it, and the other way round.
    private static func endpoint(
        _ body: inout RequestBody, _ name: String, over current: ServerEndpoint, byPort: [Int: ConnectionSecurity], isNew: Bool
    ) -> ServerEndpoint {
        guard var nested = body.object(name) else {
            if isNew { body.add(Problem(.required, field: "\(name).host", details: ["field": "\(name).host"])) }
            return current
        }
        var endpoint = current
        endpoint.host = nested.string("host") ?? current.host
        let port = nested.int("port")
        let security = nested.choice("security", ConnectionSecurity.self)
        endpoint.port = port ?? security.flatMap { wanted in byPort.first { $0.value == wanted }?.key } ?? current.port
        endpoint.security = security ?? port.flatMap { byPort[$0] } ?? current.security
        body.finish(nested)
        return endpoint
    }
}
