import Foundation

/// What an authorization server publishes of itself (RFC 8414, OpenID Connect Discovery).
public struct OAuthMetadata: Sendable {
    private let http: any OAuthAsking

    public init(http: any OAuthAsking) {
        self.http = http
    }

    /// The addresses of an issuer. `scopes` are those of mail among the supported ones; the client's id stays empty.
    ///
    /// Throws `Problem` (`oauth-no-metadata`) where no document is found, or one of another issuer (RFC 8414 §3.3).
    public func discover(issuer typed: String) async throws -> OAuthSettings {
        var issuer = typed.trimmingCharacters(in: .whitespaces)
        if !issuer.contains("://") { issuer = "https://" + issuer }
        guard OAuthAddress.isWebAddress(issuer), URLComponents(string: issuer)?.query == nil else {
            throw Problem(.invalidValue, field: "issuer", details: ["field": "issuer", "value": typed, "allowed": "https://…"])
        }
        var reasons: [String] = []
        for url in Self.documents(of: issuer) {
            do {
                let reply = try await http.ask(OAuthRequest(url: url))
                guard reply.status == 200 else {
                    reasons.append("\(url): HTTP \(reply.status)")
                    continue
                }
                return try Self.read(reply.body, issuer: issuer)
            } catch let error as OAuthUnreachable {
                reasons.append("\(url): \(error.reason)")
            } catch let error as Mismatch {
                reasons.append("\(url): \(error.reason)")
            }
        }
        throw Problem(.noOAuthMetadata, field: "issuer", details: ["issuer": issuer, "reason": reasons.joined(separator: "; ")])
    }

    /// RFC 8414 §3.1 puts the well-known part before the issuer's path, OpenID Connect Discovery §4 behind it.
    static func documents(of issuer: String) -> [String] {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard let parts = URLComponents(string: base), let origin = base.range(of: parts.path, options: .backwards)?.lowerBound else {
            return [base + "/.well-known/openid-configuration", base + "/.well-known/oauth-authorization-server"]
        }
        let head = parts.path.isEmpty ? base : String(base[..<origin])
        return [
            base + "/.well-known/openid-configuration", head + "/.well-known/oauth-authorization-server" + parts.path,
            head + "/.well-known/openid-configuration" + parts.path,
        ].reduce(into: []) { list, url in if !list.contains(url) { list.append(url) } }
    }

    private struct Mismatch: Error { var reason: String }

    static func read(_ bytes: [UInt8], issuer: String) throws -> OAuthSettings {
        guard let body = OAuthBody(bytes) else { throw Mismatch(reason: "no JSON object") }
        func bare(_ text: String) -> Substring { text.hasSuffix("/") ? text.dropLast() : text[...] }
        guard let named = body.text("issuer"), bare(named) == bare(issuer) else {
            throw Mismatch(reason: "it speaks for \(body.text("issuer") ?? "nobody")")
        }
        func address(_ name: String) -> String? { body.text(name).flatMap { OAuthAddress.isWebAddress($0) ? $0 : nil } }
        guard let authorize = address("authorization_endpoint"), let token = address("token_endpoint") else {
            throw Mismatch(reason: "it names no authorization and token address")
        }
        var settings = OAuthSettings(
            clientID: "", authorizeURL: authorize, tokenURL: token, revocationURL: address("revocation_endpoint"),
            scopes: scopes(among: body.texts("scopes_supported") ?? []))
        settings.deviceURL = address("device_authorization_endpoint")
        settings.userinfoURL = address("userinfo_endpoint")
        settings.issuer = named
        settings.sendsIssuer = body.flag("authorization_response_iss_parameter_supported") == true ? true : nil
        // RFC 8414 §2: without the member, it is Basic.
        let methods = body.texts("token_endpoint_auth_methods_supported") ?? ["client_secret_basic"]
        settings.clientAuthentication = methods.contains("client_secret_post") ? .post : .basic
        return settings
    }

    /// Those that open mail, keep the sign-in and tell who it is; the administrator sees them and may change them.
    static func scopes(among supported: [String]) -> [String] {
        let useful = supported.filter { scope in
            let name = scope.lowercased()
            return name.contains("imap") || name.contains("smtp") || name == "mail" || ["openid", "email", "offline_access"].contains(name)
        }
        return useful.contains { !["openid", "email", "offline_access"].contains($0) } ? useful : []
    }
}
