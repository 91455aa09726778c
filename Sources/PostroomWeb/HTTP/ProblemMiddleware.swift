import HTTPTypes
import Hummingbird
import Logging
import PostroomCore
import PostroomJMAP

/// Turns what went wrong into a problem document (RFC 9457) in the user's language.
struct ProblemMiddleware: RouterMiddleware {
    func handle(_ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response) async throws -> Response {
        do {
            return try await next(request, context)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // It stands around the sign-in and again inside it: the user's own language is known only inside, the header's is the next best.
            let language = context.identity == nil ? Language(preferences: request.headers[.acceptLanguage] ?? "") : context.language
            var shown = error
            if let failure = error as? SignInFailure, let user = context.identity { shown = failure.shown(to: user) }
            var response = Self.response(to: shown, language: language, logger: context.logger)
            // A challenge that browsers know would open their own sign-in window over the page's.
            if response.status == .unauthorized, request.headers[AuthenticationMiddleware.ownPage] != nil {
                response.headers[.wwwAuthenticate] = "Bearer realm=\"Postroom\""
            }
            return response
        }
    }

    static func response(to error: any Error, language: Language, logger: Logger) -> Response {
        switch error {
        case let problem as Problem: return document(problem, status: status(of: problem.code), language: language)
        case let problems as Problems: return document(problems, language: language)
        case let failure as ProviderInUse:
            let accounts = failure.accounts.map { account in
                JSONValue.object(["id": .string(account.id.description), "address": .string(account.address)])
            }
            return document(failure.problem, status: .conflict, language: language, members: ["accounts": .array(accounts)])
        case let failure as SignInFailure:
            return document(failure, language: language)
        case let refused as SignInRefused:
            var members = refused.diagnosis.json(in: language)
            members.set("type", to: "about:blank")
            members.set("status", to: 422)
            return .json(.object(members), status: .unprocessableContent, type: "application/problem+json")
        case let failure as MailFailure:
            var members = failure.diagnosis.json(in: language)
            members.set("type", to: "about:blank")
            members.set("status", to: 502)
            return .json(.object(members), status: .badGateway, type: "application/problem+json")
        case StoreError.overQuota: return document(Problem(.accountQuota), status: .init(code: 507), language: language)
        case StoreError.diskFull: return document(Problem(.diskFull), status: .init(code: 507), language: language)
        case StoreError.busy, StoreError.unavailable: return document(Problem(.storeBusy), status: .serviceUnavailable, language: language)
        case StoreError.notFound(let what):
            return document(Problem(.notFound, details: ["what": what]), status: .notFound, language: language)
        case SourceError.unavailable: return document(Problem(.mailServerUnavailable), status: .serviceUnavailable, language: language)
        case SourceError.gone:
            return document(Problem(.notFound, details: ["what": "message"]), status: .notFound, language: language)
        case let http as any HTTPResponseError:
            let code: ProblemCode =
                switch http.status {
                case .notFound: .notFound
                case .contentTooLarge: .tooLarge
                default: .badRequest
                }
            return document(
                Problem(code, details: ["reason": http.status.reasonPhrase, "what": "page", "limit": "10 MB"]), status: http.status,
                language: language)
        default:
            logger.error("request failed", metadata: ["error": "\(error)"])
            return document(
                Problem(.internalError, details: ["reason": "\(type(of: error))"]), status: .internalServerError, language: language)
        }
    }

    static func document(
        _ problem: Problem, status: HTTPResponse.Status, language: Language, members: JSONObject = [:]
    ) -> Response {
        var object: JSONObject = ["type": "about:blank", "status": .int(Int64(status.code))]
        for (key, value) in problem.json(in: language).entries { object.set(key, to: value) }
        for (key, value) in members.entries { object.set(key, to: value) }
        var response = Response.json(.object(object), status: status, type: "application/problem+json")
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Basic realm=\"Postroom\", charset=\"UTF-8\"" }
        if let wait = problem.members["retryAfter"] { response.headers[.retryAfter] = wait }
        return response
    }

    private static func document(_ problems: Problems, language: Language) -> Response {
        guard let first = problems.list.first else { return document(Problem(.badRequest), status: .badRequest, language: language) }
        return document(
            first, status: .unprocessableContent, language: language,
            members: ["errors": .array(problems.list.map { .object($0.json(in: language)) })])
    }

    private static func document(_ failure: SignInFailure, language: Language) -> Response {
        func title(_ side: MailSide) -> String {
            failure.diagnosis(of: side)?.phrase(in: language).title ?? (language == .russian ? "в порядке" : "fine")
        }
        let fixes = MailSide.allCases.compactMap { failure.diagnosis(of: $0)?.phrase(in: language).fix }
        let problem = Problem(
            .signInFailed, field: failure.field, details: ["imap": title(.imap), "smtp": title(.smtp), "fix": fixes.first ?? ""])
        var verdicts = JSONObject()
        for side in MailSide.allCases {
            let diagnosis = failure.diagnosis(of: side)
            verdicts.set(
                side.rawValue,
                to: [
                    "verdict": diagnosis == nil ? "ok" : "failed",
                    "diagnosis": diagnosis.map { .object($0.json(in: language)) } ?? .null,
                ])
        }
        return document(
            problem, status: .unprocessableContent, language: language,
            members: ["verdicts": .object(verdicts), "stages": .array(failure.stages.map { $0.json(in: language) })])
    }

    static func status(of code: ProblemCode) -> HTTPResponse.Status {
        switch code {
        case .badRequest, .unknownMember, .signInStateInvalid: .badRequest
        case .required, .invalidValue, .passwordTooShort, .invalidHost, .hostLooksLikeAddress, .invalidPort, .port455, .invalidDomain,
            .invalidAddress, .signInFailed, .shareWithOwner, .oauthSignInRequired, .notOAuth, .noDeviceSignIn, .noOAuthMetadata:
            .unprocessableContent
        case .notFound: .notFound
        case .notSignedIn: .unauthorized
        case .wrongCredentials: .unauthorized
        case .tooManyAttempts, .tooManyProbes: .tooManyRequests
        case .forbidden, .crossSite, .providersByAdministrators, .shareRight: .forbidden
        case .duplicate, .lastAdministrator, .providerInUse, .accountPaused, .masterKeyOutside, .signInPending: .conflict
        case .tooLarge: .contentTooLarge
        case .setupLinkUsed: .gone
        case .storeBusy, .mailServerUnavailable: .serviceUnavailable
        case .diskFull, .accountQuota: .init(code: 507)
        case .internalError: .internalServerError
        }
    }
}
