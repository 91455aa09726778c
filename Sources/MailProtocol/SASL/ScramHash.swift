import Crypto

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

    /// Hi(): PBKDF2 with one block of output.
    func saltedPassword(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
        switch self {
        case .sha1: Self.iterate(HMAC<Insecure.SHA1>(key: SymmetricKey(data: password)), salt: salt, iterations: iterations)
        case .sha256: Self.iterate(HMAC<SHA256>(key: SymmetricKey(data: password)), salt: salt, iterations: iterations)
        }
    }

    /// The keyed state is copied for each round, which spares two of four compressions.
    private static func iterate<Hash: HashFunction>(_ keyed: HMAC<Hash>, salt: [UInt8], iterations: Int) -> [UInt8] {
        var first = keyed
        first.update(data: salt + [0, 0, 0, 1])
        var block = first.finalize()
        var result = Array(block)
        for _ in 1..<max(iterations, 1) {
            var next = keyed
            block.withUnsafeBytes { next.update(data: $0) }
            block = next.finalize()
            block.withUnsafeBytes { for index in result.indices { result[index] ^= $0[index] } }
        }
        return result
    }
}
