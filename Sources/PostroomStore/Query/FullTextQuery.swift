import PostroomCore

/// A field of the full text index: the column's name in both databases.
enum SearchField: String, CaseIterable {
    case subject, sender, recipient, cc, bcc, body
}

/// Normalised terms as the two databases ask for them.
enum FullTextQuery {
    /// FTS5's language (SQLite documentation, "Full-text Query Syntax"). The words are letters and digits alone; they are quoted
    /// so that none is taken for an operator.
    static func fts5(_ terms: [SearchTerm], in field: SearchField?) -> String {
        let parts = terms.map { term in
            let phrases = term.alternatives.enumerated().map { index, words in
                "\"\(words.joined(separator: " "))\"" + (term.isPrefix && index == 0 ? " *" : "")
            }
            return "(" + phrases.joined(separator: " OR ") + ")"
        }
        let all = parts.joined(separator: " AND ")
        return field.map { "\($0.rawValue) : (\(all))" } ?? all
    }

    /// PostgreSQL's tsquery of one term.
    static func tsquery(_ term: SearchTerm) -> String {
        term.alternatives.enumerated().map { index, words in
            "("
                + words.enumerated().map { position, word in
                    "'\(word)'" + (term.isPrefix && index == 0 && position == words.count - 1 ? ":*" : "")
                }.joined(separator: " <-> ") + ")"
        }.joined(separator: " | ")
    }
}
