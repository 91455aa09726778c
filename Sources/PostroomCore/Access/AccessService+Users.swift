import Foundation

extension AccessService {
    // MARK: First run

    /// True until there is an administrator.
    public func needsSetup() async throws -> Bool {
        try await !store.users().contains { $0.isAdmin && !$0.isDisabled }
    }

    /// Makes a new one-time link's token; an earlier one stops working.
    public func makeSetupToken() async throws -> String {
        let token = Self.randomToken()
        try await store.setSetting("setup-token-hash", to: Data(Self.hash(token)).base64EncodedString())
        return token
    }

    public func isSetupTokenValid(_ token: String) async throws -> Bool {
        guard try await needsSetup(), let expected = try await store.setting("setup-token-hash") else { return false }
        return Data(Self.hash(token)).base64EncodedString() == expected
    }

    /// Makes the first administrator and signs in.
    public func setUp(token: String, name: String, displayName: String, password: String, language: String) async throws -> (
        user: User, token: String
    ) {
        guard try await isSetupTokenValid(token) else { throw Problem(.setupLinkUsed) }
        let user = try await addUser(name: name, displayName: displayName, password: password, isAdmin: true, language: language, by: nil)
        try await store.setSetting("setup-token-hash", to: nil)
        return (user, try await startSession(of: user))
    }

    // MARK: Users

    public func addUser(
        name: String, displayName: String, password: String, isAdmin: Bool, language: String = "", by actor: UserID?
    ) async throws -> User {
        let name = name.trimmingCharacters(in: .whitespaces)
        guard !name.isEmpty else { throw Problem(.required, field: "name", details: ["field": "name"]) }
        guard !name.contains(":"), !name.contains(where: \.isNewline) else {
            throw Problem(.invalidValue, field: "name", details: ["field": "name", "value": name, "allowed": "no colon"])
        }
        try checkLength(password, field: "password")
        let hash = try await makeHash(password)
        do {
            var user = try await store.addUser(
                name: name, displayName: displayName.isEmpty ? name : displayName, isAdmin: isAdmin, passwordHash: hash)
            if !language.isEmpty {
                user.profile.language = language
                try await store.updateUser(user)
            }
            try await note("user.add", name, by: actor)
            return user
        } catch StoreError.duplicate {
            throw Problem(.duplicate, field: "name", details: ["value": name])
        }
    }

    /// Changes of an administrator: nil stays.
    public func updateUser(
        _ id: UserID, displayName: String? = nil, isAdmin: Bool? = nil, isDisabled: Bool? = nil, password: String? = nil, by actor: UserID?
    ) async throws -> User {
        guard var user = try await store.user(id) else { throw Problem(.notFound, details: ["what": "user"]) }
        if isAdmin == false || isDisabled == true { try await checkNotLast(user) }
        if let password { try checkLength(password, field: "password") }
        if let displayName { user.displayName = displayName }
        if let isAdmin { user.isAdmin = isAdmin }
        if let isDisabled { user.isDisabled = isDisabled }
        try await store.updateUser(user)
        if let password { try await store.setPasswordHash(try await makeHash(password), of: id, keeping: nil) }
        forgetProven(id)
        try await note("user.edit", user.name, by: actor)
        return user
    }

    public func removeUser(_ id: UserID, by actor: UserID?) async throws {
        guard let user = try await store.user(id) else { throw Problem(.notFound, details: ["what": "user"]) }
        try await checkNotLast(user)
        try await store.removeUser(id)
        forgetProven(id)
        try await note("user.remove", user.name, by: actor)
    }

    /// A person's own change of password: needs the current one, ends the other sessions.
    public func changePassword(of user: User, current: String, new: String, sessionToken: String?) async throws {
        guard let stored = try await store.passwordHash(of: user.id), PasswordHash.verify(current, against: stored) else {
            throw Problem(.wrongCredentials, field: "current")
        }
        try checkLength(new, field: "new")
        try await store.setPasswordHash(try await makeHash(new), of: user.id, keeping: sessionToken.map(Self.hash))
        forgetProven(user.id)
        try await note("user.password", user.name, by: user.id)
    }

    private func checkLength(_ password: String, field: String) throws {
        guard password.count >= Self.minimumPasswordLength else {
            throw Problem(.passwordTooShort, field: field, details: ["minimum": String(Self.minimumPasswordLength)])
        }
    }

    private func checkNotLast(_ user: User) async throws {
        guard user.isAdmin, !user.isDisabled else { return }
        let others = try await store.users().contains { $0.id != user.id && $0.isAdmin && !$0.isDisabled }
        if !others { throw Problem(.lastAdministrator) }
    }

    // MARK: Tokens

    /// The secret is returned this once and never kept.
    public func addToken(of user: User, name: String, expiresAt: Timestamp?) async throws -> (token: AccessToken, secret: String) {
        let name = name.trimmingCharacters(in: .whitespaces)
        guard !name.isEmpty else { throw Problem(.required, field: "name", details: ["field": "name"]) }
        let secret = "prt_" + Self.randomToken()
        let token = try await store.addToken(userID: user.id, name: name, tokenHash: Self.hash(secret), expiresAt: expiresAt)
        try await note("token.add", name, by: user.id)
        return (token, secret)
    }

    func note(_ action: String, _ subject: String, by actor: UserID?) async throws {
        try await store.addAudit(AuditEntry(at: clock.now(), userID: actor, action: action, subject: subject))
    }
}
