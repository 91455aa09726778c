import MailProtocol

/// Everything that is needed to sign in to one side of an account.
public struct ConnectionDetails: Sendable, Equatable {
    public var endpoint: ServerEndpoint
    public var credentials: Credentials
    /// SHA-256 of a certificate that is trusted beside the trust store, 64 hex digits.
    public var pinnedCertificate: String?

    public init(endpoint: ServerEndpoint, credentials: Credentials, pinnedCertificate: String? = nil) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.pinnedCertificate = pinnedCertificate
    }
}

/// Opens an account's seal: who signs in where, and with what.
public protocol AccountConnecting: Sendable {
    /// Asked before each connection, so that a token that ran out is renewed and a changed password is used at once.
    /// Throws ``MailFailure`` (`oauthServerUnavailable`, `tokenRevoked`, ...) or `StoreError`.
    func connection(to side: MailSide, of account: AccountID) async throws -> ConnectionDetails
    /// Other credentials after a server refused these, which looked good: a renewed token. nil: there is nothing else to offer.
    func connection(to side: MailSide, of account: AccountID, insteadOfRefused details: ConnectionDetails) async throws
        -> ConnectionDetails?
}

extension AccountConnecting {
    public func connection(to side: MailSide, of account: AccountID, insteadOfRefused details: ConnectionDetails) async throws
        -> ConnectionDetails?
    {
        nil
    }
}
