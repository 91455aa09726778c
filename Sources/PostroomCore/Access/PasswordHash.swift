import Crypto
import CryptoExtras
import Foundation

/// Hashes of users' passwords: scrypt (RFC 7914), written `scrypt$N$r$p$salt$hash` with base64 values.
public struct PasswordHash: Sendable {
    private let cost: Int

    /// `cost`: scrypt's N, a power of two. 2^15 with r = 8 takes 32 MiB and some 80 ms.
    public init(cost: Int = 1 << 15) {
        self.cost = cost
    }

    public func make(of password: String) throws -> String {
        let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
        let hash = try Self.derive(password, salt: salt, cost: cost, blockSize: 8, parallelism: 1)
        return "scrypt$\(cost)$8$1$\(salt.base64EncodedString())$\(hash.base64EncodedString())"
    }

    /// Compares without leaking where they differ. False for a hash that can't be read.
    public static func verify(_ password: String, against text: String) -> Bool {
        let parts = text.split(separator: "$")
        guard parts.count == 6, parts[0] == "scrypt", let cost = Int(parts[1]), let blockSize = Int(parts[2]),
            let parallelism = Int(parts[3]),
            let salt = Data(base64Encoded: String(parts[4])), let expected = Data(base64Encoded: String(parts[5])),
            let found = try? derive(password, salt: salt, cost: cost, blockSize: blockSize, parallelism: parallelism)
        else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            Data(HMAC<SHA256>.authenticationCode(for: found, using: SymmetricKey(data: salt))), authenticating: expected,
            using: SymmetricKey(data: salt))
    }

    private static func derive(_ password: String, salt: Data, cost: Int, blockSize: Int, parallelism: Int) throws -> Data {
        let key = try KDF.Scrypt.deriveKey(
            from: Data(password.utf8), salt: salt, outputByteCount: 32, rounds: cost, blockSize: blockSize, parallelism: parallelism)
        return key.withUnsafeBytes { Data($0) }
    }
}
