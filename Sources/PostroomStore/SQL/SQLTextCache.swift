import Synchronization

/// Statements that were worked out once, by their source.
final class SQLTextCache: Sendable {
    private let texts = Mutex<[String: SQLText]>([:])
    private let dialect: SQLDialect

    init(dialect: SQLDialect) {
        self.dialect = dialect
    }

    subscript(_ source: String) -> SQLText {
        texts.withLock { texts in
            if let text = texts[source] { return text }
            let text = SQLText(source, dialect: dialect)
            // Queries are made from filters, so the number of different ones has no bound of its own.
            if texts.count >= 2000 { texts.removeAll() }
            texts[source] = text
            return text
        }
    }

    /// The statements as the database takes them.
    var all: [String] { texts.withLock { $0.values.map(\.text).sorted() } }
}
