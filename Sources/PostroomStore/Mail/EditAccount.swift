import PostroomCore

extension SQLStore {
    public func edit<Value: Sendable>(
        _ account: AccountID, _ type: DataType, ifInState: Int64?, isDurable: Bool,
        _ body: @escaping @Sendable (any AccountEditing) throws -> Value
    ) async throws -> Edited<Value> {
        try await write(account, isDurable: isDurable) { transaction in
            let oldState = try transaction.state(of: type)
            guard ifInState == nil || ifInState == oldState else { throw StoreError.stateMismatch }
            let value = try body(transaction)
            return Edited(value: value, oldState: oldState, newState: try transaction.stateAfter(type))
        }
    }

    public func prepare(_ email: NewEmail, of account: AccountID) async throws -> any PreparedObject {
        try await admit(emails: email.replacing == nil ? 1 : 0, bytes: email.source.count, to: account)
        return PreparedEmail(email)
    }

    public func prepare(wire: [UInt8]) async throws -> any PreparedObject { PreparedWire(blob: PackedBlob(wire)) }
}

/// An email as it will be written: the source is packed, the row is worked out.
struct PreparedEmail: PreparedObject {
    let row: EmailRow.Prepared
    let searchText: SearchText
    let mailboxIDs: Set<MailboxID>
    let replacing: EmailID?

    init(_ email: NewEmail) {
        // INTERNALDATE has no fractions: what the server tells back must be equal.
        row = EmailRow.Prepared(
            content: email.content, keywords: email.keywords, receivedAt: Timestamp(seconds: email.receivedAt.seconds),
            source: email.source)
        searchText = email.searchText
        mailboxIDs = email.mailboxIDs
        replacing = email.replacing
    }

    var size: Int { row.blob?.data.count ?? 0 }
}

/// A submission's message, packed.
struct PreparedWire: PreparedObject {
    let blob: PackedBlob

    var size: Int { blob.data.count }
}

extension AccountTransaction: AccountEditing {
    func emails(_ ids: [EmailID]) throws -> [EmailRecord] { try SQLStore.emails(ids, of: account, connection) }

    func createEmail(_ email: any PreparedObject) throws -> EmailRecord {
        guard let email = email as? PreparedEmail else { throw StoreError.failed("an email was prepared by another store") }
        return try create(email.row, searchText: email.searchText, mailboxIDs: email.mailboxIDs, replacing: email.replacing)
    }

    func updateEmails(_ updates: [EmailUpdate]) throws { try update(updates) }

    func destroyEmails(_ ids: [EmailID]) throws -> Set<EmailID> { Set(try destroyHere(ids.map(\.value)).map { EmailID($0) }) }
}
