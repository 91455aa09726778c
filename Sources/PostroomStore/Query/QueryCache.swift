import PostroomCore
import Synchronization

/// What pages that have been read tell of pages to come: where rows stand, the first of them in order, totals, the emails that have words.
///
/// A place far down is counted off row by row, whatever the index, so that without this each page would cost the more the deeper it
/// lies. What is kept holds for one state of the account's emails, and what words were found in for the index's segments, which never
/// change.
final class QueryCache: Sendable {
    /// A selection and its order, as its statement says them.
    struct Key: Hashable, Sendable {
        var account: AccountID
        var statement: String
        var arguments: [SQLValue]
        var collapses: Bool
    }

    /// A row by its place: what an order by arrival can be taken up from.
    struct Mark: Sendable {
        var position: Int
        var receivedAt: Int64
        var email: Int64
    }

    /// What is known of a selection.
    struct Knowledge: Sendable {
        /// The state of the account's emails that it holds for.
        var state: Int64
        var total: Int?
        var marks: [Mark] = []
        /// The first of all rows.
        var beginning: [Int64] = []
        /// `beginning` is all there are.
        var isWhole = false

        /// The last known row at or before a place.
        func mark(upTo position: Int) -> Mark? {
            marks.filter { $0.position <= position }.max { $0.position < $1.position }
        }

        /// Rows from a place on, if all of them that there are before `end` are known.
        func rows(from start: Int, to end: Int) -> [Int64]? {
            guard isWhole || beginning.count >= end else { return nil }
            return Array(beginning.prefix(end).dropFirst(start))
        }

        mutating func add(_ marks: [Mark]) {
            self.marks.removeAll { old in marks.contains { $0.position == old.position } }
            self.marks += marks
            if self.marks.count > Self.mostMarks { self.marks.removeFirst(self.marks.count - Self.mostMarks) }
        }

        private static let mostMarks = 100
    }

    /// Words that were looked up.
    struct Words: Hashable, Sendable {
        var account: AccountID
        var segments: [Int64]
        var terms: [SearchTerm]
        var field: SearchField?
    }

    /// Octets of each of the two.
    static let limit = 16 << 20

    private let selections = Mutex(RecentlyUsed<Key, Knowledge>(octets: limit))
    private let found = Mutex(RecentlyUsed<Words, IDSet>(octets: limit))

    /// Nothing, where nothing is known for this state.
    func knowledge(of key: Key, state: Int64) -> Knowledge {
        let known = selections.withLock { $0.value(of: key) }
        return known?.state == state ? known ?? Knowledge(state: state) : Knowledge(state: state)
    }

    func keep(_ knowledge: Knowledge, of key: Key) {
        let size = 500 + key.statement.utf8.count + key.arguments.reduce(0) { $0 + $1.octets } + 8 * knowledge.beginning.count
        selections.withLock { $0.set(knowledge, octets: size + 24 * knowledge.marks.count, for: key) }
    }

    func emails(with words: Words, lookUp: () throws -> IDSet) rethrows -> IDSet {
        if let known = found.withLock({ $0.value(of: words) }) { return known }
        let emails = try lookUp()
        found.withLock { $0.set(emails, octets: 500 + 8 * words.segments.count + emails.octets, for: words) }
        return emails
    }
}

extension SQLValue {
    fileprivate var octets: Int {
        switch self {
        case .null, .integer: 0
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        case .integers(let values): 8 * values.count
        case .texts(let texts): texts.reduce(0) { $0 + 16 + $1.utf8.count }
        case .ids(let ids): ids.octets
        }
    }
}
