import Crypto

/// What a request was let in by. Push subscriptions live no longer than that (RFC 8620 §7.2).
public enum RequestCredential: Sendable, Hashable {
    case password
    case session(tokenHash: [UInt8])
    case token(hash: [UInt8])
    /// The machine's owner, by the data folder.
    case owner

    /// How it is kept beside what depends on it: equal for equal credentials, and of no use to whoever reads it.
    public func name(of user: UserID, in directory: any DirectoryStore) async throws -> String {
        switch self {
        case .password: "password:" + (try await Self.password(of: user, in: directory))
        case .session(let hash): "session:" + Self.hex(hash)
        case .token(let hash): "token:" + Self.hex(hash)
        case .owner: "owner"
        }
    }

    /// Whether it ends by itself at a time of its own.
    public func isTimed(in directory: any DirectoryStore) async throws -> Bool {
        switch self {
        case .password, .owner: false
        case .session: true
        case .token(let hash): try await directory.token(tokenHash: hash)?.0.expiresAt != nil
        }
    }

    /// Whether it would still let the user in.
    public static func isValid(_ name: String, of user: UserID, in directory: any DirectoryStore, now: Timestamp) async throws -> Bool {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return name == "owner" }
        switch parts[0] {
        case "password": return parts[1] == (try await password(of: user, in: directory))
        case "session":
            guard let (session, owner) = try await directory.session(tokenHash: bytes(parts[1])) else { return false }
            return owner.id == user && session.expiresAt > now
        case "token":
            guard let (token, owner) = try await directory.token(tokenHash: bytes(parts[1])) else { return false }
            return owner.id == user && token.expiresAt.map { $0 > now } ?? true
        default: return false
        }
    }

    /// Another password has another name.
    private static func password(of user: UserID, in directory: any DirectoryStore) async throws -> String {
        hex(Array(SHA256.hash(data: Array((try await directory.passwordHash(of: user) ?? "").utf8)).prefix(16)))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(_ hex: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = hex[...]
        while rest.count >= 2, let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}
