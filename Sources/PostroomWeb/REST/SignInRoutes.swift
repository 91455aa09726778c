import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import MailProtocol
import NIOCore
import PostroomCore
import PostroomJMAP

/// Signing in at providers' own pages (OAuth 2.0).
struct SignInRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("oauth/services") { request, context in try await list(request, context) }
        group.post("oauth/discover") { request, context in try await discover(request, context) }
        group.post("oauth/sign-ins") { request, context in try await begin(request, context) }
        group.get("oauth/sign-ins/:id") { _, context in
            Response.json(json(try await services.signIns.attempt(context.parameters.require("id"), of: context.user), context))
        }
        group.post("oauth/sign-ins/:id/finish") { _, context in
            let id = try context.parameters.require("id")
            let isNew = try await services.signIns.attempt(id, of: context.user).accountID == nil
            let account = try await services.signIns.finish(id, by: context.user)
            return Response.json(
                try await AccountRoutes(services: services).render(account, context), status: isNew ? .created : .ok)
        }
        group.get("oauth/callback") { request, context in try await callBack(request, context) }
    }

    private var address: RedirectAddress { RedirectAddress(directory: services.directory) }

    // MARK: What a provider's form needs

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try context.user
        let known = OAuthService.all.map { service -> JSONValue in
            let settings = service.settings(tenant: "{tenant}")
            return [
                "name": .string(service.name), "title": .string(service.title), "hasTenant": .bool(service.hasTenant),
                "registrationUrl": .string(service.registrationURL), "hosts": .texts(service.hosts), "oauth": json(settings),
            ]
        }
        return Response.json(["services": .array(known), "redirectUri": .string(try await address.redirectURI(for: request))])
    }

    private func discover(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        if !user.isAdmin, try await services.providers.isLimitedToAdministrators() { throw Problem(.providersByAdministrators) }
        var body = try await RequestBody(request)
        let issuer = body.required("issuer")
        try body.finish()
        return Response.json(["oauth": json(try await services.metadata.discover(issuer: issuer))])
    }

    private func json(_ settings: OAuthSettings) -> JSONValue {
        [
            "authorizeUrl": .string(settings.authorizeURL), "tokenUrl": .string(settings.tokenURL),
            "revocationUrl": .text(settings.revocationURL), "deviceUrl": .text(settings.deviceURL),
            "userinfoUrl": .text(settings.userinfoURL), "issuer": .text(settings.issuer),
            "sendsIssuer": .bool(settings.sendsIssuer ?? false),
            "clientAuthentication": .string((settings.clientAuthentication ?? .post).rawValue), "scopes": .texts(settings.scopes),
        ]
    }

    // MARK: A sign-in

    private func begin(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        var body = try await RequestBody(request)
        let flow = body.choice("flow", SignInAttempt.Flow.self) ?? .code
        let account = body.string("accountId")
        let redirectURI = try await address.redirectURI(for: request)
        let session = context.sessionToken.map { Array(SHA256.hash(data: Array($0.utf8))) }
        let begun: SignInService.Begun
        if let account {
            try body.finish()
            guard let number = Int64(account.hasPrefix("a") ? account.dropFirst() : account[...]) else {
                throw Problem(.notFound, details: ["what": "account"])
            }
            begun = try await services.signIns.beginAgain(
                AccountID(number), redirectURI: redirectURI, flow: flow, session: session, by: user)
        } else {
            let (typed, provider) = (body.required("address"), body.required("providerId"))
            var wanted = SignInAttempt.Request(
                address: typed, login: body.string("login"), senderName: body.string("senderName") ?? "", redirectURI: redirectURI)
            wanted.settings.displayName = body.string("displayName") ?? ""
            wanted.settings.historyDays = AccountRoutes.historyDays(&body)
            try body.finish()
            begun = try await services.signIns.begin(
                wanted, at: ProviderID(Int64(provider) ?? 0), flow: flow, session: session, by: user)
        }
        var answer = json(begun.attempt, context).object ?? [:]
        for (name, value) in [
            ("authorizeUrl", begun.authorizeURL), ("userCode", begun.userCode), ("verificationUrl", begun.verificationURL),
            ("verificationUrlComplete", begun.completeURL),
        ] {
            if let value { answer.set(name, to: .string(value)) }
        }
        return Response.json(.object(answer), status: .created)
    }

    private func json(_ attempt: SignInAttempt, _ context: WebContext) -> JSONValue {
        let isOver = attempt.phase == .waiting && attempt.expiresAt <= services.clock.now()
        return [
            "id": .string(attempt.id), "flow": .string(attempt.flow.rawValue),
            "phase": .string(isOver ? "expired" : attempt.phase.rawValue),
            "address": .string(attempt.request.address), "providerId": .id(attempt.providerID), "accountId": .id(attempt.accountID),
            "interval": .int(attempt.request.interval), "redirectUri": .string(attempt.request.redirectURI),
            "expiresAt": .time(attempt.expiresAt), "diagnosis": attempt.diagnosis.map { .object($0.json(in: context.language)) } ?? .null,
        ]
    }

    // MARK: The way back

    /// A browser comes from the service. It is sent on to the page, which finishes the sign-in; whoever may not is told so in words.
    private func callBack(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = Self.query(request.uri.query ?? "")
        let answer = SignInService.Answer(
            state: query["state"] ?? "", code: query["code"].map { Secret($0) }, error: query["error"],
            errorDescription: query["error_description"], issuer: query["iss"])
        do {
            // Only a browser's own session counts: a password or token in a header would be a program's.
            let session = context.sessionToken.map { Array(SHA256.hash(data: Array($0.utf8))) }
            let attempt = try await services.signIns.arrive(
                answer, user: context.sessionToken == nil ? nil : context.identity, session: session)
            return Response(
                status: .seeOther,
                headers: [.location: "/#/signed-in/\(attempt.id)", .cacheControl: "no-store", .referrerPolicy: "no-referrer"])
        } catch let problem as Problem where problem.code == .signInStateInvalid {
            return Self.page(problem, context.language)
        }
    }

    /// The first value of each name, decoded as forms are.
    private static func query(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for pair in text.prefix(16_384).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            func decoded(_ part: Substring) -> String { String(part.map { $0 == "+" ? " " : $0 }).removingPercentEncoding ?? "" }
            let name = decoded(parts[0])
            if values[name] == nil { values[name] = parts.count > 1 ? decoded(parts[1]) : "" }
        }
        return values
    }

    private static func page(_ problem: Problem, _ language: Language) -> Response {
        let phrase = problem.phrase(in: language)
        let back = language == .russian ? "Вернуться в Postroom" : "Back to Postroom"
        let styles = ["colors", "meanings", "base", "controls", "shell"].map { "<link rel=\"stylesheet\" href=\"/styles/\($0).css\">" }
            .joined()
        let text = """
            <!doctype html><html lang="\(language.rawValue)"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark"><title>Postroom</title>\(styles)
            <main class="door"><div class="door-head"><h1>\(phrase.title)</h1><p>\(phrase.detail) \(phrase.fix)</p></div>
            <a class="button primary" href="/">\(back)</a></main></html>
            """
        return Response(
            status: .badRequest,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .referrerPolicy: "no-referrer"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!  // A literal of legal characters.
}
