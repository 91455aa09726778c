/// Why an authorization server did not do what it was asked.
public enum OAuthFailure: Error, Sendable, Hashable {
    /// Its answer by RFC 6749 §5.2: a code, and words for people who know servers.
    case refused(code: String, description: String)
    /// It is away, overloaded or makes no sense: another attempt may do. Seconds it asked to wait, if it did.
    case unavailable(reason: String, retryAfter: Int?)

    /// Nothing changes until the person signs in again (RFC 6749 §5.2 `invalid_grant`, OpenID Connect Core §3.1.2.6).
    public var needsPerson: Bool {
        guard case .refused(let code, _) = self else { return false }
        return [
            "invalid_grant", "interaction_required", "login_required", "consent_required", "access_denied", "expired_token",
        ].contains(code)
    }

    /// The failure for people. `age`: seconds since the consent, which tells a test-mode application.
    func diagnosis(login: String, host: String, age: Int64? = nil) -> Diagnosis {
        var details = ["login": login, "host": host]
        switch self {
        case .unavailable(let reason, _):
            details["reason"] = reason
            return Diagnosis(stage: .signIn, cause: .oauthServerUnavailable, side: .imap, details: details)
        case .refused(let code, let description):
            details["reason"] = code
            let words = [code, description].filter { !$0.isEmpty }.joined(separator: ": ")
            return Diagnosis(
                stage: .signIn, cause: Self.cause(code, description, host: host, age: age), side: .imap,
                serverText: String(words.prefix(500)), details: details)
        }
    }

    /// The code says little; the large services say the rest in their descriptions (Microsoft by AADSTS numbers).
    private static func cause(_ code: String, _ description: String, host: String, age: Int64?) -> DiagnosisCause {
        let text = description.lowercased()
        func says(_ numbers: String...) -> Bool { numbers.contains { text.contains("aadsts\($0)") } }
        // A Google application in test mode gives refresh tokens that die after exactly seven days.
        if code == "invalid_grant", host.hasSuffix("googleapis.com"), let age, (7 * 86_400..<8 * 86_400).contains(age) {
            return .testModeApplication
        }
        if says("65001", "65004", "90094") { return .consentMissing }
        if says("50020", "700016", "50034", "90002", "500011", "50194") { return .wrongTenant }
        if says("7000215", "7000222") { return .clientRefused }
        if says("700082", "70008", "50089", "70043") { return .tokenExpired }
        switch code {
        case "invalid_grant": return text.contains("expired") && !text.contains("revoked") ? .tokenExpired : .tokenRevoked
        case "expired_token": return .tokenExpired
        case "access_denied", "consent_required", "interaction_required", "login_required", "invalid_scope": return .consentMissing
        case "org_internal", "admin_policy_enforced": return .wrongTenant
        default: return .clientRefused
        }
    }
}
