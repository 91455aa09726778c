import Foundation

/// Sharing an account with other users of Postroom.
extension AccountService {
    /// With whom an account is shared, for its owner or an administrator.
    public func shares(of id: AccountID, by user: User) async throws -> [AccountShare] {
        try await managed(id, by: user).shares
    }

    /// Shares with a user by his sign-in name, or changes what he may do. The owner or an administrator decides.
    public func share(_ id: AccountID, with name: String, right: ShareRight, by actor: User) async throws -> (
        share: AccountShare, user: User
    ) {
        let account = try await managed(id, by: actor)
        guard let user = try await store.user(named: name.trimmingCharacters(in: .whitespaces)) else {
            throw Problem(.notFound, field: "user", details: ["what": "user"])
        }
        guard user.id != account.userID else { throw Problem(.shareWithOwner, field: "user", details: ["value": user.name]) }
        let share = try await store.setShare(of: id, with: user.id, right: right)
        try await providers.note("account.share", "\(account.address) \(user.name) \(right.rawValue)", by: actor.id)
        return (share, user)
    }

    /// Ends it; the other user may also do that for himself.
    public func unshare(_ id: AccountID, with userID: UserID, by actor: User) async throws {
        guard let account = try await store.account(id), account.userID == actor.id || actor.isAdmin || userID == actor.id,
            try await store.removeShare(of: id, with: userID)
        else { throw Problem(.notFound, details: ["what": "share"]) }
        let name = try await store.user(userID)?.name ?? ""
        try await providers.note("account.unshare", "\(account.address) \(name)", by: actor.id)
    }
}
