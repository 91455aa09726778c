import Foundation
import MailProtocol

/// A successful answer of a token endpoint (RFC 6749 §5.1).
public struct IssuedTokens: Sendable {
    public var access: Secret
    /// nil: the old one stays, or there is none at all.
    public var refresh: Secret?
    /// Seconds; where the server does not say, an hour is assumed.
    public var lifetime: Int64
    /// nil: as asked for.
    public var scopes: [String]?
    /// Who consented, by the `id_token`.
    public var claims: IdentityClaims?

    init(access: Secret, refresh: Secret? = nil, lifetime: Int64 = 3600, scopes: [String]? = nil, claims: IdentityClaims? = nil) {
        self.access = access
        self.refresh = refresh
        self.lifetime = lifetime
        self.scopes = scopes
        self.claims = claims
    }

    /// nil where the answer holds no token that can be used.
    init?(_ body: OAuthBody) {
        guard let access = body.text("access_token"), !access.isEmpty, (body.text("token_type") ?? "bearer").lowercased() == "bearer" else {
            return nil
        }
        self.access = Secret(access)
        refresh = body.text("refresh_token").flatMap { $0.isEmpty ? nil : Secret($0) }
        lifetime = max(1, min(body.number("expires_in") ?? 3600, 400 * 86_400))
        scopes = body.text("scope").map { $0.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init) }
        claims = body.text("id_token").flatMap(IdentityClaims.init(idToken:))
    }
}

/// A JSON object of an authorization server, read member by member.
struct OAuthBody {
    private let members: [String: Any]

    init?(_ bytes: [UInt8]) {
        guard let members = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else { return nil }
        self.members = members
    }

    func text(_ name: String) -> String? { members[name] as? String }
    func texts(_ name: String) -> [String]? { members[name] as? [String] }
    func flag(_ name: String) -> Bool? { members[name] as? Bool }

    /// A number, also where it is written as text.
    func number(_ name: String) -> Int64? {
        (members[name] as? NSNumber)?.int64Value ?? (members[name] as? String).flatMap { Int64($0) }
    }
}

/// Who signed in at the service.
public struct IdentityClaims: Sendable, Hashable {
    public var issuer: String?
    public var audience: [String]
    public var nonce: String?
    /// The address that the service vouches for; nil where it names none, or has not verified it.
    public var email: String?

    /// Reads the claims of an `id_token` without its signature: it came from the token endpoint itself over TLS, where
    /// OpenID Connect Core §3.1.3.7 (6) lets the connection stand for the signature.
    init?(idToken: String) {
        let parts = idToken.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = OAuthRandom.bytes(base64url: parts[1]), let body = OAuthBody(bytes) else { return nil }
        self.init(body)
    }

    init(_ body: OAuthBody) {
        issuer = body.text("iss")
        audience = body.texts("aud") ?? body.text("aud").map { [$0] } ?? []
        nonce = body.text("nonce")
        let isVerified = body.flag("email_verified") ?? (body.text("email_verified") != "false")
        let named = (isVerified ? body.text("email") : nil) ?? body.text("preferred_username") ?? body.text("upn")
        email = named.flatMap { $0.contains("@") ? $0 : nil }
    }

    /// Whether two addresses are the same mailbox: without regard to case, and gmail.com is googlemail.com.
    public static func isSame(_ left: String, _ right: String) -> Bool { canonical(left) == canonical(right) }

    private static func canonical(_ address: String) -> String {
        let text = address.lowercased()
        guard text.hasSuffix("@googlemail.com") else { return text }
        return text.dropLast("googlemail.com".count) + "gmail.com"
    }
}
