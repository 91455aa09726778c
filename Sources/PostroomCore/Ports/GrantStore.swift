/// The store of OAuth grants, of their sealed tokens, and of sign-ins under way.
///
/// Every method is one transaction that is on the disk when it returns. Failures are `StoreError`.
public protocol GrantStore: Sendable {
    func grants() async throws -> [Grant]
    func grant(of id: AccountID) async throws -> Grant?
    func sealedTokens(of id: AccountID) async throws -> [UInt8]?
    /// A new consent: replaces whatever was there, together with the account's credential kind.
    func setGrant(_ grant: Grant, sealedTokens: [UInt8], sealedCredential: [UInt8]) async throws
    func removeGrant(_ id: AccountID) async throws

    /// Takes the right to renew a grant until `until`: the journal's "I am about to". nil where somebody else has it.
    /// `wasInterrupted`: whoever took it last never said how it ended, because it died.
    func claimGrant(_ id: AccountID, by node: String, until: Timestamp, now: Timestamp) async throws
        -> (grant: Grant, sealedTokens: [UInt8], wasInterrupted: Bool)?
    /// Writes how it went and gives the right back. `sealedTokens` nil keeps the ones that are there, empty erases them.
    /// False, and nothing is written, where the grant is no longer in the state that it was claimed in (the person disconnected).
    func finishGrant(_ grant: Grant, claimedIn state: Grant.State, sealedTokens: [UInt8]?) async throws -> Bool
    /// After a start: rights of processes that can't live any more are free. Does nothing where other nodes may hold them.
    func forgetDeadClaims() async throws
    /// Grants whose `refreshAt` has come, the longest due first, and when the next one is.
    func dueGrants(at now: Timestamp, limit: Int) async throws -> (due: [AccountID], next: Timestamp?)

    func addSignIn(_ attempt: SignInAttempt, sealedSecret: [UInt8]) async throws
    func signIn(_ id: String) async throws -> SignInAttempt?
    func signIn(stateHash: [UInt8]) async throws -> SignInAttempt?
    /// The person came back from the service: waiting -> arrived (with the sealed code) or refused. False: not waiting any more.
    func arriveSignIn(_ id: String, sealedCode: [UInt8]?, diagnosis: Diagnosis?) async throws -> Bool
    /// Takes the secrets of a sign-in that has arrived, once. nil: somebody has them already.
    func takeSignIn(_ id: String) async throws -> (sealedSecret: [UInt8], sealedCode: [UInt8])?
    /// What a device sign-in asks with; stays until it ends.
    func sealedSecret(ofSignIn id: String) async throws -> [UInt8]?
    func updateSignIn(_ attempt: SignInAttempt) async throws
    func removeExpiredSignIns(before: Timestamp) async throws
}
