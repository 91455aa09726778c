/// What a person types into the search field, as a filter.
///
/// Words must all be found; `"a phrase"`, `-not`, `this OR that`, `(groups)` and fields in English and Russian: `from:`/`от:`,
/// `to:`/`кому:`, `cc:`/`копия:`, `bcc:`/`скрытая:`, `subject:`/`тема:`, `body:`/`текст:`, `filename:`/`файл:`, `in:`/`в:`,
/// `has:attachment`/`есть:вложение`, `is:unread`/`это:непрочитанное`, `label:`/`метка:`, `before:`/`до:`, `after:`/`после:`,
/// `on:`/`дата:`, `larger:`/`больше:`, `smaller:`/`меньше:`. The last word matches words that begin with it.
public struct SearchQuery: Sendable, Hashable {
    /// nil: nothing was asked for.
    public private(set) var filter: EmailFilter?
    /// Pieces that look like a field but say nothing that is known: `in:nowhere`, `before:soon`. They match nothing.
    public private(set) var misunderstood: [String] = []

    /// - Parameters:
    ///   - mailboxes: what `in:` can name, by role, name or path.
    ///   - now: what `today` and `7d` count from.
    ///   - offsetMinutes: the person's time zone, east of UTC: days begin at its midnight.
    public init(_ text: String, mailboxes: [Mailbox] = [], now: Timestamp, offsetMinutes: Int = 0) {
        var parser = SearchQueryParser(
            tokens: SearchToken.tokens(of: text), terms: SearchFieldReader(mailboxes: mailboxes, now: now, offsetMinutes: offsetMinutes))
        filter = parser.parse()
        misunderstood = parser.misunderstood
    }
}

/// Precedence: OR binds weakest, then the sequence, then the minus.
private struct SearchQueryParser {
    private let tokens: [SearchToken]
    private let terms: SearchFieldReader
    private var index = 0
    private(set) var misunderstood: [String] = []

    init(tokens: [SearchToken], terms: SearchFieldReader) {
        self.tokens = tokens
        self.terms = terms
    }

    mutating func parse() -> EmailFilter? {
        var parts: [EmailFilter] = []
        // A closing parenthesis that nothing opened is passed over.
        while index < tokens.count {
            if let part = alternatives(depth: 0) { parts.append(part) }
            if index < tokens.count { index += 1 }
        }
        return combined(parts, EmailFilter.and)
    }

    private mutating func alternatives(depth: Int) -> EmailFilter? {
        var parts: [EmailFilter] = []
        if let first = sequence(depth: depth) { parts.append(first) }
        while index < tokens.count, tokens[index] == .or {
            index += 1
            if let next = sequence(depth: depth) { parts.append(next) }
        }
        return combined(parts, EmailFilter.or)
    }

    private mutating func sequence(depth: Int) -> EmailFilter? {
        var parts: [EmailFilter] = []
        var words: [String] = []
        loop: while index < tokens.count {
            let token = tokens[index]
            switch token {
            case .or, .close: break loop
            case .open:
                index += 1
                // Deeper than anybody means; the recursion has to end somewhere.
                if depth < 20, let group = alternatives(depth: depth + 1) { parts.append(group) }
                if index < tokens.count, tokens[index] == .close { index += 1 }
            case .minus:
                index += 1
                if let item = item(depth: depth) { parts.append(.not([item])) }
            case .word(let word):
                index += 1
                words.append(word)
            case .field:
                if let item = item(depth: depth) { parts.append(item) }
            }
        }
        if !words.isEmpty { parts.insert(.text(words.joined(separator: " ")), at: 0) }
        return combined(parts, EmailFilter.and)
    }

    private mutating func item(depth: Int) -> EmailFilter? {
        guard index < tokens.count else { return nil }
        let token = tokens[index]
        switch token {
        case .word(let word):
            index += 1
            return .text(word)
        case .field(let field, let value, let source):
            index += 1
            switch terms.filter(field, value) {
            case .everything: return nil
            case .filter(let filter): return filter
            case .misunderstood:
                misunderstood.append(source)
                return .or([])
            }
        case .open:
            index += 1
            let group = depth < 20 ? alternatives(depth: depth + 1) : nil
            if index < tokens.count, tokens[index] == .close { index += 1 }
            return group
        case .minus, .or, .close:
            return nil
        }
    }

    private func combined(_ parts: [EmailFilter], _ make: ([EmailFilter]) -> EmailFilter) -> EmailFilter? {
        parts.count > 1 ? make(parts) : parts.first
    }
}
