/// Gets the source of an email that is here only by its header.
public protocol SourceFetching: Sendable {
    /// The whole source, fetched from the server and kept where the account's history window covers it.
    ///
    /// Throws `SourceError.unavailable` where the server can't be asked now, `SourceError.gone` where it no longer has the message.
    func fetchSource(_ email: EmailID, account: AccountID) async throws -> [UInt8]
}

/// Why a source can't be had.
public enum SourceError: Error, Sendable, Hashable {
    /// Passes: the reason, for people.
    case unavailable(String)
    /// The server does not hold the message any more.
    case gone
}
