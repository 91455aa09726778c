import Crypto
import Foundation

/// A service's own settings in JSON (draft-ietf-mailmaint-pacc), bound to its domain by a digest in DNS.
///
/// The draft fixes what others leave open: TLS from the start on the ports 993 and 465, and the address as the login.
public struct PACCDocument: Sendable, Equatable {
    public var imapHost: String?
    public var smtpHost: String?
    /// Passwords are taken.
    public var allowsPassword: Bool
    /// Where public OAuth clients register and sign in (RFC 8414).
    public var oauthIssuer: String?
    public var providerName: String?
    public var documentationURL: String?

    public enum Failure: Error, Sendable, Equatable {
        case tooLarge, malformed
        /// No IMAP server, or none to send with.
        case incomplete
    }

    /// Bytes of a document.
    static let longest = 64 * 1024

    public init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count <= Self.longest else { throw .tooLarge }
        guard Self.depth(of: bytes) <= 16, let parsed = try? JSONDecoder().decode(Wire.self, from: Data(bytes)) else { throw .malformed }
        imapHost = parsed.protocols?.imap?.host
        smtpHost = parsed.protocols?.smtp?.host
        guard imapHost?.isEmpty == false, smtpHost?.isEmpty == false else { throw .incomplete }
        oauthIssuer = parsed.authentication?.oauthPublic?.issuer
        allowsPassword = parsed.authentication?.password ?? (oauthIssuer == nil)
        providerName = parsed.info?.provider?.shortName ?? parsed.info?.provider?.name
        documentationURL = parsed.info?.help?.documentation
    }

    /// Where a domain publishes it.
    public static func url(for domain: String) -> String { "https://ua-auto-config.\(domain)/.well-known/user-agent-configuration.json" }

    /// The TXT records that hold its digest.
    public static func digestName(for domain: String) -> String { "_ua-auto-config.\(domain)" }

    /// Whether one of the TXT records (`v=UAAC1; a=sha256; d=BASE64`) is the digest of exactly these bytes.
    public static func isVouched(_ bytes: [UInt8], by records: [String]) -> Bool {
        let digest = Array(SHA256.hash(data: bytes))
        return records.contains { record in
            let tags = Dictionary(
                record.split(separator: ";").compactMap { part -> (String, String)? in
                    guard let equals = part.firstIndex(of: "=") else { return nil }
                    return (
                        part[..<equals].trimmingCharacters(in: .whitespaces).lowercased(),
                        part[part.index(after: equals)...].trimmingCharacters(in: .whitespaces)
                    )
                }, uniquingKeysWith: { first, _ in first })
            guard tags["v"] == "UAAC1", tags["a"]?.lowercased() == "sha256", let text = tags["d"], let given = Data(base64Encoded: text)
            else { return false }
            return Array(given) == digest
        }
    }

    /// How deep the brackets go, whatever they are: a decoder that calls itself must not be led down.
    private static func depth(of bytes: [UInt8]) -> Int {
        var (depth, deepest) = (0, 0)
        for byte in bytes {
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { depth -= 1 }
            deepest = max(deepest, depth)
        }
        return deepest
    }

    private struct Wire: Decodable {
        struct Protocols: Decodable {
            var imap: Host?
            var smtp: Host?
        }
        struct Host: Decodable {
            var host: String?
        }
        struct Authentication: Decodable {
            var password: Bool?
            var oauthPublic: OAuth?
            enum CodingKeys: String, CodingKey {
                case password
                case oauthPublic = "oauth-public"
            }
        }
        struct OAuth: Decodable {
            var issuer: String?
        }
        struct Info: Decodable {
            var provider: Provider?
            var help: Help?
        }
        struct Provider: Decodable {
            var name: String?
            var shortName: String?
        }
        struct Help: Decodable {
            var documentation: String?
        }
        var protocols: Protocols?
        var authentication: Authentication?
        var info: Info?
    }
}
