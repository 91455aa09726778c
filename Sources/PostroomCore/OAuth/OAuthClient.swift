import Foundation
import MailProtocol

/// One registration at one authorization server: the questions that are asked there (RFC 6749, 7009, 8628).
///
/// Failures are ``OAuthFailure``.
struct OAuthClient: Sendable {
    let settings: OAuthSettings
    let secret: Secret?
    let http: any OAuthAsking

    // MARK: Tokens

    func exchange(code: Secret, verifier: Secret, redirectURI: String) async throws -> IssuedTokens {
        try await tokens([
            ("grant_type", Secret("authorization_code")), ("code", code), ("redirect_uri", Secret(redirectURI)),
            ("code_verifier", verifier),
        ])
    }

    func refresh(_ token: Secret) async throws -> IssuedTokens {
        try await tokens([("grant_type", Secret("refresh_token")), ("refresh_token", token)])
    }

    private func tokens(_ fields: [(name: String, value: Secret)]) async throws -> IssuedTokens {
        let body = try await post(settings.tokenURL, fields)
        guard let tokens = IssuedTokens(body) else {
            throw OAuthFailure.unavailable(reason: "the answer holds no bearer token", retryAfter: nil)
        }
        return tokens
    }

    // MARK: Device authorization (RFC 8628)

    struct DeviceAuthorization {
        var deviceCode: Secret
        var userCode: String
        var verificationURL: String
        /// With the code in it, so that nothing needs to be typed; nil where the service has none.
        var completeURL: String?
        var lifetime: Int64
        var interval: Int64
    }

    enum DevicePoll {
        case issued(IssuedTokens)
        /// The person has not decided yet.
        case pending
        /// The same, and ask five seconds less often from now on (§3.5).
        case slowDown
    }

    func authorizeDevice() async throws -> DeviceAuthorization {
        guard let url = settings.deviceURL else { throw OAuthFailure.refused(code: "unsupported_grant_type", description: "") }
        let body = try await post(url, [("scope", Secret(settings.scopes.joined(separator: " ")))])
        guard let deviceCode = body.text("device_code"), let userCode = body.text("user_code"),
            let verification = body.text("verification_uri") ?? body.text("verification_url"),
            OAuthAddress.isWebAddress(verification)
        else { throw OAuthFailure.unavailable(reason: "the answer holds no device code", retryAfter: nil) }
        return DeviceAuthorization(
            deviceCode: Secret(deviceCode), userCode: userCode, verificationURL: verification,
            completeURL: body.text("verification_uri_complete").flatMap { OAuthAddress.isWebAddress($0) ? $0 : nil },
            lifetime: max(1, min(body.number("expires_in") ?? 600, 3600)), interval: max(1, min(body.number("interval") ?? 5, 60)))
    }

    func poll(device code: Secret) async throws -> DevicePoll {
        do {
            return .issued(
                try await tokens([("grant_type", Secret("urn:ietf:params:oauth:grant-type:device_code")), ("device_code", code)]))
        } catch OAuthFailure.refused(let code, _) where code == "authorization_pending" {
            return .pending
        } catch OAuthFailure.refused(let code, _) where code == "slow_down" {
            return .slowDown
        }
    }

    // MARK: Giving back, and who it is

    /// Takes a token back (RFC 7009); an unknown token counts as taken back. False: the service has no such address.
    @discardableResult
    func revoke(_ token: Secret, hint: String) async throws -> Bool {
        guard let url = settings.revocationURL, !url.isEmpty else { return false }
        do {
            _ = try await post(url, [("token", token), ("token_type_hint", Secret(hint))], wantsBody: false)
        } catch OAuthFailure.refused(let code, _) where code == "invalid_token" || code == "invalid_grant" {
            return true
        }
        return true
    }

    /// The address that consented: from the `id_token`, else from userinfo; nil where the service tells neither.
    func identity(of tokens: IssuedTokens, nonce: String?) async throws -> String? {
        if let claims = tokens.claims {
            // Meant for another client, or made for another sign-in: not ours (OpenID Connect Core §3.1.3.7).
            if !claims.audience.isEmpty, !claims.audience.contains(settings.clientID) {
                throw OAuthFailure.refused(code: "access_denied", description: "the id_token is for another client")
            }
            if let nonce, let told = claims.nonce, told != nonce {
                throw OAuthFailure.refused(code: "access_denied", description: "the id_token is of another sign-in")
            }
            if let email = claims.email { return email }
        }
        guard let url = settings.userinfoURL, !url.isEmpty else { return nil }
        let authorization = Secret(bytes: Array("Bearer ".utf8) + tokens.access.withBytes { $0 })
        guard let reply = try? await http.ask(OAuthRequest(url: url, authorization: authorization)), reply.status == 200,
            let body = OAuthBody(reply.body)
        else { return nil }
        return IdentityClaims(body).email
    }

    // MARK: Asking

    private func post(_ url: String, _ fields: [(name: String, value: Secret)], wantsBody: Bool = true) async throws -> OAuthBody {
        var fields = fields
        var authorization: Secret?
        if let secret, settings.clientAuthentication == .basic {
            // RFC 6749 §2.3.1: both are form-encoded before they become the user and the password of Basic.
            let pair = Self.encoded(settings.clientID) + ":" + Self.encoded(secret.reveal())
            authorization = Secret("Basic " + Data(pair.utf8).base64EncodedString())
        } else {
            fields.append(("client_id", Secret(settings.clientID)))
            if let secret { fields.append(("client_secret", secret)) }
        }
        let reply: OAuthReply
        do {
            reply = try await http.ask(OAuthRequest(url: url, form: fields, authorization: authorization))
        } catch let error as OAuthUnreachable {
            throw OAuthFailure.unavailable(reason: error.reason, retryAfter: nil)
        }
        let body = OAuthBody(reply.body)
        if (200..<300).contains(reply.status) {
            if let body {
                // Some services put errors into a 200.
                if let code = body.text("error") { throw Self.refusal(code, body) }
                return body
            }
            if !wantsBody, let nothing = OAuthBody(Array("{}".utf8)) { return nothing }
        }
        if (400..<500).contains(reply.status), reply.status != 429, reply.status != 408, let body, let code = body.text("error") {
            // RFC 6749 §5.2 has no code for trouble that passes; these two of §4.1.2.1 are sent all the same.
            guard code != "temporarily_unavailable", code != "server_error" else {
                throw OAuthFailure.unavailable(reason: code, retryAfter: reply.retryAfter)
            }
            throw Self.refusal(code, body)
        }
        throw OAuthFailure.unavailable(reason: "HTTP \(reply.status)", retryAfter: reply.retryAfter)
    }

    private static func refusal(_ code: String, _ body: OAuthBody) -> OAuthFailure {
        .refused(code: code, description: body.text("error_description") ?? "")
    }

    /// `application/x-www-form-urlencoded` of one value.
    static func encoded(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
