import Foundation
import PostroomCore

/// A place that wants to be told of changes (RFC 8620 §7.2).
struct PushSubscription: Codable, Sendable, Hashable {
    struct Keys: Codable, Sendable, Hashable {
        /// The client's public key and secret (RFC 8291 §2), base64url.
        var p256dh: String
        var auth: String
    }

    var id: String
    var deviceClientID: String
    var url: String
    var keys: Keys?
    /// What we sent to the URL; the client proves that it came in.
    var secretCode: String
    var verificationCode: String?
    /// nil: with the credential that made it, which ends by itself.
    var expires: Timestamp?
    /// nil: all.
    var types: [String]?
    /// What made it (`RequestCredential.name`); nil: made by a version that did not ask.
    var credential: String?

    func belongs(to credential: String) -> Bool { self.credential == nil || self.credential == credential }

    var isVerified: Bool { verificationCode == secretCode }

    func wants(_ type: DataType) -> Bool { types?.contains(type.rawValue) ?? true }
}
