import MailProtocol

/// Why a mail server did not do what it was asked.
///
/// It answers the two questions of whoever asked: is the connection still good, and may one try again?
public struct MailFailure: Error, Sendable, Hashable {
    public enum Retry: String, Sendable, Codable {
        /// It passes by itself: try again later.
        case later
        /// Nothing changes until a person does something: a wrong password, a wrong certificate.
        case afterAttention
        /// This request is refused for good; others may be answered.
        case never
    }

    public var diagnosis: Diagnosis
    public var retry: Retry
    public var isConnectionUsable: Bool
    /// What a fetch had brought before it failed.
    public var delivered: UIDSet = []

    public init(_ diagnosis: Diagnosis, retry: Retry, isConnectionUsable: Bool = false) {
        self.diagnosis = diagnosis
        self.retry = retry
        self.isConnectionUsable = isConnectionUsable
    }
}
