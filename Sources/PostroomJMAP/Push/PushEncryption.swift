import Crypto
import Foundation

/// Message encryption for web push (RFC 8291, content coding aes128gcm of RFC 8188).
enum PushEncryption {
    struct InvalidKeys: Error {}

    /// - Parameters: the client's public key (uncompressed point) and secret, base64url.
    static func seal(
        _ message: [UInt8], p256dh: String, auth: String, salt: [UInt8]? = nil,
        serverKey: P256.KeyAgreement.PrivateKey = P256.KeyAgreement.PrivateKey()
    ) throws -> [UInt8] {
        guard let clientKey = bytes(p256dh), clientKey.count == 65, let secret = bytes(auth), secret.count == 16 else {
            throw InvalidKeys()
        }
        let client = try P256.KeyAgreement.PublicKey(x963Representation: clientKey)
        let server = Array(serverKey.publicKey.x963Representation)
        let salt = salt ?? (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        let shared = try serverKey.sharedSecretFromKeyAgreement(with: client)
        // RFC 8291 §3.4.
        let info = Array("WebPush: info\0".utf8) + clientKey + server
        let input = shared.hkdfDerivedSymmetricKey(using: SHA256.self, salt: secret, sharedInfo: info, outputByteCount: 32)
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: input, salt: salt, info: Array("Content-Encoding: aes128gcm\0".utf8), outputByteCount: 16)
        let nonce = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: input, salt: salt, info: Array("Content-Encoding: nonce\0".utf8), outputByteCount: 12)
        let sealed = try AES.GCM.seal(
            message + [2], using: key, nonce: try AES.GCM.Nonce(data: nonce.withUnsafeBytes { Array($0) }))
        // RFC 8188 §2.1: salt, record size, key id; one record.
        let recordSize: [UInt8] = [0, 0, 16, 0]
        return salt + recordSize + [UInt8(server.count)] + server + Array(sealed.ciphertext) + Array(sealed.tag)
    }

    /// base64url (RFC 4648 §5), padding or not.
    static func bytes(_ text: String) -> [UInt8]? {
        Base64.decode(text.replacing("-", with: "+").replacing("_", with: "/"))
    }
}
