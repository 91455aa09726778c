import Foundation

/// Addresses of authorization servers, as texts.
enum OAuthAddress {
    /// https, or http to this machine itself, as RFC 8252 §8.3 lets pass.
    static func isWebAddress(_ text: String) -> Bool {
        guard text.count <= 2048, !text.contains(where: { $0.isWhitespace || $0 == "\"" || $0 == "<" }),
            let parts = URLComponents(string: text),
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.fragment == nil
        else { return false }
        switch parts.scheme?.lowercased() {
        case "https": return true
        case "http": return ["127.0.0.1", "localhost", "[::1]", "::1"].contains(host.lowercased())
        default: return false
        }
    }

    static func host(of text: String) -> String { URLComponents(string: text)?.host?.lowercased() ?? text }

    /// The authorization request: the address's own query stays (RFC 6749 §3.1), ours follows.
    static func adding(_ fields: [(String, String)], to address: String) -> String {
        let query = fields.map { OAuthClient.encoded($0.0) + "=" + OAuthClient.encoded($0.1) }.joined(separator: "&")
        return address + (address.contains("?") ? (address.hasSuffix("?") || address.hasSuffix("&") ? "" : "&") : "?") + query
    }
}
