import Hummingbird
import MailProtocol
import PostroomCore
import PostroomJMAP

/// Who serves an address, and why we think so.
struct DiscoveryRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("discovery") { request, context in try await discover(request, context) }
    }

    private func discover(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        let text = request.uri.queryParameters["address"].map(String.init) ?? ""
        let address = text.removingPercentEncoding ?? text
        try await services.probes.take(.discovery, for: user)
        let found = try await services.discovery.discover(address, for: user)
        var provider = JSONValue.null
        if let match = found.provider { provider = try await ProviderRoutes(services: services).render(match, for: user) }
        let (language, domain) = (context.language, found.address.domain)
        return Response.json([
            "address": .string(found.address.text), "domain": .string(domain), "match": .string(found.match.rawValue),
            "provider": provider, "candidates": .array(found.candidates.map { $0.json(domain: domain, in: language, for: user) }),
            "sources": .array(found.reports.map { $0.json(in: language) }), "nextStep": .string(found.nextStep.rawValue),
            "milliseconds": .int(Int64(found.milliseconds)),
        ])
    }
}

extension DiscoveryReport {
    func json(in language: Language) -> JSONValue {
        let shown = notes.prefix(6).map { note -> JSONValue in
            ["code": .string(note.code.rawValue), "text": .string(note.text(in: language))]
        }
        return [
            "name": .string(source.rawValue), "title": .text(language.catalogue.discovery.sources[source]),
            "trust": .int(Int64(source.trust)),
            "verdict": .string(verdict.rawValue), "milliseconds": .int(Int64(milliseconds)),
            "detail": .string(notes.first?.text(in: language) ?? ""), "notes": .array(shown),
        ]
    }
}

extension DiscoveryCandidate {
    func json(domain: String, in language: Language, for user: User) -> JSONValue {
        let warnings = cautions.map { caution -> JSONValue in
            ["code": .string(caution.rawValue), "text": .text(language.catalogue.discovery.cautions[caution])]
        }
        var object: JSONObject = [
            "source": .string(source.rawValue), "sourceName": .text(language.catalogue.discovery.sources[source]),
            "trust": .int(Int64(source.trust)), "verdict": .string(verdict.rawValue), "name": .string(name), "imap": imap.json,
            "smtp": smtp.json, "loginFormat": .string(loginFormat.rawValue), "login": .text(login),
            "authentication": .string(authentication.rawValue), "oauth": oauth.map { $0.publishedJSON(issuer: oauthIssuer) } ?? .null,
            "domains": .texts(source == .catalogue ? entry?.domains ?? [domain] : [domain]),
            "needsConfirmation": .bool(needsConfirmation), "cautions": .array(warnings),
        ]
        object.set("documentationUrl", to: .text(documentationURL))
        object.set("catalogueId", to: .text(entry?.id))
        object.set("status", to: .text(entry?.status.rawValue))
        object.set("hint", to: .text(entry?.hint(in: language)))
        object.set(
            "appPassword",
            to: entry?.appPassword.map { ["url": .string($0.url), "required": .bool($0.required)] } ?? .null)
        object.set("servers", to: .array(probes.map { $0.json(in: language, for: user) }))
        return .object(object)
    }
}

extension ServerProbe {
    func json(in language: Language, for user: User) -> JSONValue {
        let shown = stages.shown(to: user)
        let isHidden = shown != stages
        return [
            "side": .string(side.rawValue), "host": .string(endpoint.host), "port": .int(Int64(endpoint.port)),
            "security": .string(endpoint.security.rawValue), "verdict": .string(isUsable ? "ok" : "failed"),
            "milliseconds": .int(Int64(milliseconds)), "mechanisms": .texts(isHidden ? [] : mechanisms),
            "stages": .array(shown.map { $0.json(in: language) }),
        ]
    }
}

extension OAuthSettings {
    /// What is published of the service; no registration of ours.
    func publishedJSON(issuer: String?) -> JSONValue {
        [
            "issuer": .text(issuer), "authorizeUrl": .string(authorizeURL), "tokenUrl": .string(tokenURL),
            "revocationUrl": .text(revocationURL),
            "scopes": .texts(scopes),
        ]
    }
}
