import Crypto

/// The digests of RFC 9404 §4.2.
enum Digest {
    static func of(_ bytes: [UInt8], _ property: String) -> [UInt8] {
        switch property {
        case "digest:sha": Array(Insecure.SHA1.hash(data: bytes))
        case "digest:sha-512": Array(SHA512.hash(data: bytes))
        default: Array(SHA256.hash(data: bytes))
        }
    }
}
