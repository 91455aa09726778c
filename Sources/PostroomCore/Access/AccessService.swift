import Crypto
import Foundation

/// Who may come in: passwords, sessions, tokens and the first administrator's one-time link.
public actor AccessService {
    public static let minimumPasswordLength = 8
    /// A session that is used stays; one that is not ends after this time.
    public static let sessionLifetime: Int64 = 30 * 86_400

    let store: any DirectoryStore
    let clock: any Clock
    let hasher: PasswordHash
    private var attempts = AttemptLimiter()
    /// Passwords proven lately, so that a program with Basic authentication does not pay scrypt a request: keyed hash -> user and time.
    private var proven: [[UInt8]: (user: UserID, until: Timestamp)] = [:]
    private let provenKey = SymmetricKey(size: .bits256)

    public init(store: any DirectoryStore, clock: any Clock = SystemClock(), hasher: PasswordHash = PasswordHash()) {
        self.store = store
        self.clock = clock
        self.hasher = hasher
    }

    // MARK: Signing in

    /// Checks name and password. `client` (an address) and the name are limited in wrong attempts.
    public func signIn(name: String, password: String, client: String) async throws -> (user: User, token: String) {
        let user = try await prove(name: name, password: password, client: client)
        return (user, try await startSession(of: user))
    }

    /// HTTP Basic: the same check without a session, remembered for five minutes.
    public func basic(name: String, password: String, client: String) async throws -> User {
        let now = clock.now()
        let key = provenHash(name, password)
        if let known = proven[key], known.until > now, let user = try await store.user(known.user), !user.isDisabled {
            return user
        }
        let user = try await prove(name: name, password: password, client: client)
        if proven.count > 10_000 { proven.removeAll() }
        proven[key] = (user.id, now.adding(seconds: 300))
        return user
    }

    /// The user of a session's cookie; extends the session when a day of its life is gone.
    public func session(token: String) async throws -> User? {
        let hash = Self.hash(token)
        guard let (session, user) = try await store.session(tokenHash: hash), session.expiresAt > clock.now(), !user.isDisabled else {
            return nil
        }
        let fresh = clock.now().adding(seconds: Self.sessionLifetime)
        if fresh.seconds - session.expiresAt.seconds > 86_400 {
            try await store.extendSession(tokenHash: hash, expiresAt: fresh)
        }
        return user
    }

    public func bearer(token: String) async throws -> User? {
        guard let (access, user) = try await store.token(tokenHash: Self.hash(token)), !user.isDisabled else { return nil }
        let now = clock.now()
        if let end = access.expiresAt, end <= now { return nil }
        if (access.lastUsedAt?.seconds ?? 0) < now.seconds - 60 { try await store.noteTokenUse(access.id, at: now) }
        return user
    }

    public func signOut(token: String) async throws {
        try await store.removeSession(tokenHash: Self.hash(token))
    }

    func startSession(of user: User) async throws -> String {
        let token = Self.randomToken()
        let now = clock.now()
        try await store.addSession(
            Session(
                userID: user.id, tokenHash: Self.hash(token), createdAt: now, expiresAt: now.adding(seconds: Self.sessionLifetime)))
        return token
    }

    private func prove(name: String, password: String, client: String) async throws -> User {
        let now = clock.now()
        for key in ["name:\(name.lowercased())", "client:\(client)"] {
            if let wait = attempts.wait(for: key, at: now) {
                throw Problem(.tooManyAttempts, details: ["seconds": String(wait)], members: ["retryAfter": String(wait)])
            }
        }
        let user = try await store.user(named: name)
        var stored: String?
        if let user { stored = try await store.passwordHash(of: user.id) }
        // An unknown name costs the same time as a wrong password, so that names can't be guessed by the clock.
        let matches = await Self.verify(password, against: stored ?? Self.decoy)
        guard let user, stored != nil, matches, !user.isDisabled else {
            attempts.noteFailure("name:\(name.lowercased())", at: now)
            attempts.noteFailure("client:\(client)", at: now)
            throw Problem(.wrongCredentials, field: "password")
        }
        attempts.forget("name:\(name.lowercased())")
        attempts.forget("client:\(client)")
        return user
    }

    private static let decoy = "scrypt$32768$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

    /// Off the actor: scrypt is slow on purpose and must not hold up others.
    private nonisolated static func verify(_ password: String, against hash: String) async -> Bool {
        await Task.detached { PasswordHash.verify(password, against: hash) }.value
    }

    func makeHash(_ password: String) async throws -> String {
        let hasher = hasher
        return try await Task.detached { try hasher.make(of: password) }.value
    }

    func forgetProven(_ user: UserID) {
        proven = proven.filter { $0.value.user != user }
    }

    private func provenHash(_ name: String, _ password: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("\(name.lowercased())\u{0}\(password)".utf8), using: provenKey))
    }

    // MARK: Secrets

    /// 256 random bits, URL-safe.
    static func randomToken() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }.base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    public static func hash(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}
