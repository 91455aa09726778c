import Hummingbird
import MailProtocol
import PostroomCore
import PostroomJMAP

/// The built-in catalogue, taking an entry over, and whether providers' servers still answer as entered.
struct CatalogueRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("catalogue") { request, context in try await list(request, context) }
        group.get("catalogue/:id") { _, context in
            _ = try context.user
            return Response.json(try entry(context).json(in: context.language))
        }
        group.post("catalogue/:id/adopt") { request, context in try await adopt(request, context) }
        group.post("providers/:id/check") { _, context in try await check(context) }
    }

    private var catalogue: ProviderCatalogue { services.discovery.ladder.catalogue }

    private func entry(_ context: WebContext) throws -> CatalogueEntry {
        let id = try context.parameters.require("id")
        guard let entry = catalogue.entry(id) else { throw Problem(.notFound, details: ["what": "provider"]) }
        return entry
    }

    /// `query` narrows by name, domain or host.
    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try context.user
        let raw = request.uri.queryParameters["query"].map(String.init) ?? ""
        let query = (raw.removingPercentEncoding ?? raw).lowercased()
        let entries = catalogue.entries.filter { entry in
            query.isEmpty || entry.name.lowercased().contains(query) || entry.domains.contains { $0.contains(query) }
                || (entry.imap + entry.smtp).contains { $0.host.contains(query) }
        }
        return Response.json(["entries": .array(entries.map { $0.json(in: context.language) })])
    }

    private func adopt(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.administrator
        var body = try await RequestBody(request)
        let (clientID, secret) = (body.string("clientId"), body.string("clientSecret"))
        try body.finish()
        let provider = try await services.providers.adopt(try entry(context), clientID: clientID, clientSecret: secret, by: user)
        return Response.json(try await ProviderRoutes(services: services).render(provider, for: user), status: .created)
    }

    private func check(_ context: WebContext) async throws -> Response {
        let user = try context.user
        let provider = try await services.providers.provider(ProviderRoutes.id(context), for: user)
        guard ProviderService.mayEdit(provider, user) else { throw Problem(.forbidden) }
        try await services.probes.take(.test, for: user)
        return Response.json(try await services.providerChecks.check(provider).json(in: context.language))
    }
}

extension CatalogueEntry {
    func json(in language: Language) -> JSONValue {
        var object: JSONObject = [
            "id": .string(id), "name": .string(name), "website": .string(website), "domains": .texts(domains), "mx": .texts(mx),
            "imap": .array(imap.map(\.json)), "smtp": .array(smtp.map(\.json)), "loginFormat": .string(loginFormat.rawValue),
            "authentication": .texts(authentication.map(\.rawValue)), "mechanisms": .texts(mechanisms), "status": .string(status.rawValue),
            "hint": .text(hint(in: language)), "notes": .text(notes), "checked": .string(checked),
        ]
        object.set("oauth", to: oauthSettings(clientID: "")?.publishedJSON(issuer: oauth?.issuer) ?? .null)
        object.set(
            "appPassword", to: appPassword.map { ["url": .string($0.url), "required": .bool($0.required)] } ?? .null)
        return .object(object)
    }
}

extension ProviderCheck {
    func json(in language: Language) -> JSONValue {
        let list = sides.map { side -> JSONValue in
            [
                "side": .string(side.side.rawValue), "verdict": side.diagnosis == nil && !side.lacksMethod ? "ok" : "failed",
                "lacksMethod": .bool(side.lacksMethod), "mechanisms": .texts(side.mechanisms),
                "diagnosis": side.diagnosis.map { .object($0.json(in: language)) } ?? .null,
            ]
        }
        return ["at": .time(at), "verdict": isGood ? "ok" : "failed", "sides": .array(list)]
    }
}
