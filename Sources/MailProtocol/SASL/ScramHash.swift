import Crypto
import CryptoExtras

/// The hash under a SCRAM mechanism, with the four functions RFC 5802 section 2.2 builds on it.
enum ScramHash: Sendable {
    case sha1, sha256

    func hash(_ data: [UInt8]) -> [UInt8] {
        switch self {
        case .sha1: Array(Insecure.SHA1.hash(data: data))
        case .sha256: Array(SHA256.hash(data: data))
        }
    }

    func hmac(_ key: [UInt8], _ data: [UInt8]) -> [UInt8] {
        switch self {
        case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: data, using: SymmetricKey(data: key)))
        case .sha256: Array(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
        }
    }

    /// Hi(): PBKDF2 with one block of output. What a sign-in costs is this, so it is BoringSSL's and not a loop of ours. Nil: no such
    /// number of iterations, or an empty salt.
    func saltedPassword(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8]? {
        let (function, size): (KDF.Insecure.PBKDF2.HashFunction, Int) =
            switch self {
            case .sha1: (.insecureSHA1, 20)
            case .sha256: (.sha256, 32)
            }
        let key = try? KDF.Insecure.PBKDF2.deriveKey(
            from: password, salt: salt, using: function, outputByteCount: size, unsafeUncheckedRounds: max(iterations, 1))
        return key?.withUnsafeBytes { Array($0) }
    }
}
