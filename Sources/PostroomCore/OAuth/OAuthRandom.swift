import Crypto
import Foundation

/// Unguessable texts of a sign-in, and what is made of them.
enum OAuthRandom {
    /// `bytes` random bytes in base64url: 32 make the 43 characters that RFC 7636 §4.1 recommends for a verifier.
    static func text(bytes: Int = 32) -> String {
        base64url(SymmetricKey(size: SymmetricKeySize(bitCount: bytes * 8)).withUnsafeBytes { Array($0) })
    }

    /// The S256 challenge of a PKCE verifier (RFC 7636 §4.2).
    static func challenge(of verifier: String) -> String { base64url(hash(verifier)) }

    static func hash(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    static func base64url(_ bytes: [UInt8]) -> String {
        String(
            Data(bytes).base64EncodedString().compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }

    /// nil for what is no base64url.
    static func bytes(base64url text: some StringProtocol) -> [UInt8]? {
        var padded = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        padded += String(repeating: "=", count: (4 - padded.count % 4) % 4)
        return Data(base64Encoded: padded).map { Array($0) }
    }
}
