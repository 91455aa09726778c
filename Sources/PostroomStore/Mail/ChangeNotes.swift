import PostroomCore

/// What happened to an object, as the change log keeps it.
enum ChangeKind: Int, Sendable {
    case created = 1
    case updated = 2
    case destroyed = 3
    /// A mailbox of which nothing but counts changed, a quota of which nothing but the use did.
    case counted = 4
}

extension DataType {
    /// How the type is kept in the log.
    var number: Int {
        switch self {
        case .mailbox: 1
        case .thread: 2
        case .email: 3
        case .identity: 4
        case .submission: 5
        case .emailDelivery: 6
        case .quota: 7
        }
    }

    /// Its column of `account_states`.
    var column: String {
        switch self {
        case .mailbox: "mailbox"
        case .thread: "thread"
        case .email: "email"
        case .identity: "identity"
        case .submission: "submission"
        case .emailDelivery: "delivery"
        case .quota: "quota"
        }
    }
}

/// The changes of one transaction, an entry an object, folded as they come.
struct ChangeNotes {
    /// Consecutive ids with the same kind of change: one row of the log.
    struct Run: Equatable {
        var type: DataType
        var kind: ChangeKind
        var first: Int64
        var last: Int64

        var count: Int64 { last - first + 1 }
    }

    private var kinds: [DataType: [Int64: ChangeKind]] = [:]

    mutating func note(_ kind: ChangeKind, _ type: DataType, _ id: Int64) {
        let before = kinds[type]?[id]
        let folded: ChangeKind? =
            switch (before, kind) {
            case (.created, .destroyed): nil
            case (.created, _): .created
            case (.updated, .counted): .updated
            case (.destroyed, .created): .updated
            default: kind
            }
        kinds[type, default: [:]][id] = folded
    }

    /// All of it in a fixed order, and forgets it.
    mutating func takeRuns() -> [Run] {
        defer { kinds = [:] }
        var runs: [Run] = []
        for type in DataType.allCases {
            guard let changes = kinds[type] else { continue }
            for (id, kind) in changes.sorted(by: { $0.key < $1.key }) {
                if let last = runs.last, last.type == type, last.kind == kind, last.last + 1 == id {
                    runs[runs.count - 1].last = id
                } else {
                    runs.append(Run(type: type, kind: kind, first: id, last: id))
                }
            }
        }
        return runs
    }
}
