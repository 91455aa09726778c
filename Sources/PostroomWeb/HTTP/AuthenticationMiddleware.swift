import Foundation
import HTTPTypes
import Hummingbird
import PostroomCore

/// Finds out who asks: session cookie, HTTP Basic (RFC 7617) or Bearer token (RFC 6750); and in which language to answer.
struct AuthenticationMiddleware: RouterMiddleware {
    static let cookie = "postroom_session"
    /// What a page of ours sends with changes: another site's form or picture can't.
    static let ownPage = HTTPField.Name("X-Postroom")!  // A literal of legal characters.

    /// Whom the machine's owner acts as: a user's name in base64.
    static let actAs = HTTPField.Name("X-Postroom-User")!  // A literal of legal characters.

    let access: AccessService
    let directory: any DirectoryStore
    /// Made anew at each start and readable by the owner of the data folder alone; nil: nobody has it.
    let operatorToken: String?

    func handle(_ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response) async throws -> Response {
        var context = context
        context.language = Language(preferences: request.headers[.acceptLanguage] ?? "")
        if let authorization = request.headers[.authorization] {
            if let operatorToken, Self.equal(authorization, "Bearer \(operatorToken)") {
                context.identity = try await operated(request.headers[Self.actAs])
                context.credential = .owner
            } else {
                let found = try await user(of: authorization, client: context.client)
                context.identity = found.user
                context.credential = found.credential
            }
        } else if let token = request.cookies[Self.cookie]?.value, let user = try await access.session(token: token) {
            if request.method != .get, request.method != .head, request.headers[Self.ownPage] == nil { throw Problem(.crossSite) }
            context.identity = user
            context.sessionToken = token
            context.credential = .session(tokenHash: AccessService.hash(token))
        }
        if let language = context.identity.flatMap({ Language(rawValue: $0.profile.language) }) { context.language = language }
        return try await next(request, context)
    }

    /// The machine's owner, or the user that he acts as.
    private func operated(_ encoded: String?) async throws -> User {
        guard let encoded else {
            return User(id: UserID(0), name: "postroom", displayName: "Postroom", isAdmin: true, createdAt: Timestamp(seconds: 0))
        }
        guard let data = Data(base64Encoded: encoded), let user = try await directory.user(named: String(decoding: data, as: UTF8.self))
        else {
            throw Problem(.notFound, details: ["what": "user"])
        }
        return user
    }

    /// Takes the same time wherever the texts differ.
    private static func equal(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func user(of authorization: String, client: String) async throws -> (user: User, credential: RequestCredential) {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { throw Problem(.notSignedIn) }
        switch parts[0].lowercased() {
        case "bearer":
            let token = String(parts[1])
            guard let user = try await access.bearer(token: token) else { throw Problem(.notSignedIn) }
            return (user, .token(hash: AccessService.hash(token)))
        case "basic":
            guard let decoded = Data(base64Encoded: parts[1].trimmingCharacters(in: .whitespaces)),
                let text = String(data: decoded, encoding: .utf8), let colon = text.firstIndex(of: ":")
            else { throw Problem(.notSignedIn) }
            let (name, password) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
            // A program may use a token as the password too: many mail clients only know Basic.
            if password.hasPrefix("prt_"), let user = try await access.bearer(token: password), user.name.lowercased() == name.lowercased()
            {
                return (user, .token(hash: AccessService.hash(password)))
            }
            return (try await access.basic(name: name, password: password, client: client), .password)
        default:
            throw Problem(.notSignedIn)
        }
    }
}
