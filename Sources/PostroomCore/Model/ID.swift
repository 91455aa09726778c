/// A row's identity, typed by what it names, so that an account's id can never be passed for a mailbox's.
///
/// Ids are positive, never reused and, below an account, unique only together with the account's id.
public struct ID<Of>: Hashable, Sendable, Comparable {
    public let value: Int64

    public init(_ value: Int64) {
        self.value = value
    }

    public static func < (left: ID<Of>, right: ID<Of>) -> Bool { left.value < right.value }
}

extension ID: CustomStringConvertible {
    public var description: String { String(value) }
}

extension ID: Codable {
    public init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(Int64.self)) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

public typealias UserID = ID<User>
public typealias ProviderID = ID<Provider>
public typealias AccountID = ID<Account>
public typealias MailboxID = ID<Mailbox>
public typealias EmailID = ID<EmailRecord>
public typealias ThreadID = ID<MailThread>
public typealias IdentityID = ID<Identity>
public typealias SubmissionID = ID<Submission>
public typealias OperationID = ID<ServerOperation>

/// A conversation (RFC 8621 §3). It has no properties of its own: its emails point at it.
public enum MailThread {}
