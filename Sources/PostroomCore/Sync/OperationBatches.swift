import MailProtocol

/// Queued writes gathered into few commands, in an order that means the same. Pure.
struct OperationBatches: Sendable, Hashable {
    /// What the operations of one batch have in common.
    enum Action: Sendable, Hashable {
        case storeFlags(mailbox: MailboxID, uidValidity: UInt32, add: [String], remove: [String])
        case move(from: MailboxID, uidValidity: UInt32, to: MailboxID)
        case copy(from: MailboxID, uidValidity: UInt32, to: MailboxID)
        case expunge(mailbox: MailboxID, uidValidity: UInt32)
        /// Done one by one.
        case single
    }

    struct Batch: Sendable, Hashable {
        var action: Action
        var operations: [ServerOperation]
    }

    private(set) var batches: [Batch] = []

    /// UIDs in one command.
    static let limit = 500

    init(_ operations: [ServerOperation]) {
        for operation in operations {
            let action = Self.action(of: operation)
            let touched = Self.messages(of: operation)
            var home: Int?
            // It may join an earlier batch unless something in between is about the same message or about folders.
            for index in batches.indices.reversed() {
                if action != .single, batches[index].action == action, batches[index].operations.count < Self.limit {
                    home = index
                    break
                }
                let isBlocked =
                    batches[index].action == .single
                    || batches[index].operations.contains { other in
                        !touched.isDisjoint(with: Self.messages(of: other))
                            || (operation.emailID != nil && other.emailID == operation.emailID)
                    }
                if isBlocked { break }
            }
            if let home {
                batches[home].operations.append(operation)
            } else {
                batches.append(Batch(action: action, operations: [operation]))
            }
        }
    }

    private static func action(of operation: ServerOperation) -> Action {
        switch operation.kind {
        case .storeFlags(let mailbox, let validity, _, let add, let remove):
            .storeFlags(mailbox: mailbox, uidValidity: validity, add: add.sorted(), remove: remove.sorted())
        case .move(let from, let validity, _, let to): .move(from: from, uidValidity: validity, to: to)
        case .copy(let from, let validity, _, let to): .copy(from: from, uidValidity: validity, to: to)
        case .expunge(let mailbox, let validity, _): .expunge(mailbox: mailbox, uidValidity: validity)
        case .append, .createMailbox, .renameMailbox, .deleteMailbox, .subscribe: .single
        }
    }

    private struct Message: Hashable {
        var mailbox: MailboxID
        var uid: UInt32
    }

    private static func messages(of operation: ServerOperation) -> Set<Message> {
        switch operation.kind {
        case .storeFlags(let mailbox, _, let uids, _, _): Set(uids.map { Message(mailbox: mailbox, uid: $0) })
        case .move(let from, _, let uid, _), .copy(let from, _, let uid, _): [Message(mailbox: from, uid: uid)]
        case .expunge(let mailbox, _, let uid): [Message(mailbox: mailbox, uid: uid)]
        case .append, .createMailbox, .renameMailbox, .deleteMailbox, .subscribe: []
        }
    }
}
