import PostroomCore

/// An `EmailQuery` as one SQL statement.
///
/// A query below one mailbox reads `placements` (`p`), whose primary key is the mailbox in order of arrival: a page of the
/// newest is a range of it, whatever the size of the mailbox. Emails (`e`) are joined only where a condition needs them.
struct EmailSelection {
    private(set) var arguments: [SQLValue]
    /// FROM and WHERE.
    private(set) var source = ""
    private(set) var order = ""
    /// Set where the order is that of arrival and nothing else.
    private(set) var arrivalOrder: ArrivalOrder?
    let id: String
    let thread: String
    let receivedAt: String
    /// No more emails than can be told all at once, whatever else they must be.
    private(set) var isFew = false
    /// Set where the query is one mailbox and nothing else: its counts are known.
    let wholeMailbox: MailboxID?

    private let account: AccountID
    private let dialect: SQLDialect
    private let drivesMailbox: Bool
    private var needsEmails = false
    /// Emails that the words of the last condition are in.
    private var foundCount = 0
    private let normalizer = SearchNormalizer()
    private let lookup: ([SearchTerm], SearchField?) throws -> IDSet

    /// - Parameter lookup: the emails that have every term in one field, or in all together.
    init(
        _ query: EmailQuery, account: AccountID, dialect: SQLDialect, lookup: @escaping ([SearchTerm], SearchField?) throws -> IDSet
    ) throws {
        self.lookup = lookup
        self.account = account
        self.dialect = dialect
        arguments = [account.sql]
        var conditions = Self.conjuncts(query.filter)
        var mailbox: MailboxID?
        let index = conditions.firstIndex { if case .inMailbox = $0 { true } else { false } }
        if let index, case .inMailbox(let found) = conditions.remove(at: index) { mailbox = found }
        drivesMailbox = mailbox != nil
        wholeMailbox = conditions.isEmpty ? mailbox : nil
        id = drivesMailbox ? "p.email_id" : "e.id"
        thread = drivesMailbox ? "p.thread_id" : "e.thread_id"
        receivedAt = drivesMailbox ? "p.received_at" : "e.received_at"

        var texts: [String] = []
        for condition in conditions {
            texts.append(try text(condition))
            switch condition {
            case .text, .from, .to, .cc, .bcc, .subject, .body: isFew = isFew || foundCount <= Self.fewest
            case .emailIDs(let ids): isFew = isFew || ids.count <= Self.fewest
            case .threadID: isFew = true
            default: break
            }
        }
        order = try orderText(query.sort)
        let first = query.sort.first ?? EmailSort(.receivedAt, isAscending: false)
        if first.property == .receivedAt {
            arrivalOrder = ArrivalOrder(
                columns: "\(receivedAt), \(id)", isAscending: first.isAscending,
                reversed: try orderText([EmailSort(.receivedAt, isAscending: !first.isAscending)]))
        }
        let joined = texts.map { " AND \($0)" }.joined()
        if let mailbox {
            let join = needsEmails ? " JOIN emails e ON e.account_id = p.account_id AND e.id = p.email_id" : ""
            source = "FROM placements p\(join) WHERE p.account_id = $1 AND p.mailbox_id = \(parameter(mailbox.sql))\(joined)"
        } else {
            source = "FROM emails e WHERE e.account_id = $1\(joined)"
        }
    }

    private static func conjuncts(_ filter: EmailFilter?) -> [EmailFilter] {
        switch filter {
        case nil: []
        case .and(let filters)?: filters.flatMap { conjuncts($0) }
        case .some(let filter): [filter]
        }
    }

    private mutating func parameter(_ value: SQLValue) -> String {
        arguments.append(value)
        return "$\(arguments.count)"
    }

    /// A column of the email itself.
    private mutating func column(_ name: String) -> String {
        needsEmails = true
        return "e.\(name)"
    }

    /// A column that placements repeat.
    private func shared(_ name: String) -> String { drivesMailbox ? "p.\(name)" : "e.\(name)" }

    private mutating func text(_ filter: EmailFilter) throws -> String {
        switch filter {
        case .and(let filters): return try group(filters, " AND ", empty: "1 = 1")
        case .or(let filters): return try group(filters, " OR ", empty: "1 = 0")
        case .not(let filters): return "NOT " + (try group(filters, " OR ", empty: "1 = 0"))
        case .inMailbox(let mailbox):
            return """
                EXISTS (SELECT 1 FROM placements q WHERE q.account_id = $1 AND q.email_id = \(id) \
                AND q.mailbox_id = \(parameter(mailbox.sql)))
                """
        case .inMailboxOtherThan(let mailboxes):
            return """
                EXISTS (SELECT 1 FROM placements q WHERE q.account_id = $1 AND q.email_id = \(id) \
                AND NOT (q.mailbox_id {in \(parameter(.integers(mailboxes.map(\.value))))}))
                """
        case .before(let time): return "\(shared("received_at")) < \(parameter(time.sql))"
        case .after(let time): return "\(shared("received_at")) >= \(parameter(time.sql))"
        case .minSize(let size): return "\(column("size")) >= \(parameter(size.sql))"
        case .maxSize(let size): return "\(column("size")) < \(parameter(size.sql))"
        case .hasKeyword(let keyword): return keywordCondition(keyword)
        case .notKeyword(let keyword):
            // In the words of the index of unread copies.
            if let bit = KeywordBits.bit(of: keyword) { return "(\(shared("keywords")) & \(bit)) = 0" }
            return "NOT (\(keywordCondition(keyword)))"
        case .someInThreadHaveKeyword(let keyword): return threadCondition(keyword, isNegated: false)
        case .noneInThreadHaveKeyword(let keyword): return "NOT " + threadCondition(keyword, isNegated: false)
        case .allInThreadHaveKeyword(let keyword): return "NOT " + threadCondition(keyword, isNegated: true)
        case .hasAttachment(let wanted): return "\(column("has_attachment")) = \(wanted ? 1 : 0)"
        case .text(let words): return try fullText(words, nil)
        case .from(let words): return try fullText(words, .sender)
        case .to(let words): return try fullText(words, .recipient)
        case .cc(let words): return try fullText(words, .cc)
        case .bcc(let words): return try fullText(words, .bcc)
        case .subject(let words): return try fullText(words, .subject)
        case .body(let words): return try fullText(words, .body)
        case .header(let name, let value): return try header(name, value)
        case .emailIDs(let ids): return "\(id) {in \(parameter(.integers(ids.map(\.value))))}"
        case .threadID(let thread): return "\(self.thread) = \(parameter(thread.sql))"
        }
    }

    private mutating func group(_ filters: [EmailFilter], _ joiner: String, empty: String) throws -> String {
        guard !filters.isEmpty else { return "(\(empty))" }
        var texts: [String] = []
        for filter in filters { texts.append(try text(filter)) }
        return "(" + texts.joined(separator: joiner) + ")"
    }

    private mutating func keywordCondition(_ keyword: String) -> String {
        // Common keywords are bits, which placements repeat.
        if KeywordBits([keyword]).more.isEmpty {
            return KeywordBits.condition(keyword, bits: shared("keywords"), more: "", parameter: { _ in "" })
        }
        let more = column("more_keywords")
        var value = SQLValue.null
        let placeholder = "$\(arguments.count + 1)"
        let condition = KeywordBits.condition(keyword, bits: "", more: more) {
            value = $0
            return placeholder
        }
        arguments.append(value)
        return condition
    }

    /// Some email of the thread has the keyword (or, negated, lacks it).
    private mutating func threadCondition(_ keyword: String, isNegated: Bool) -> String {
        var value: SQLValue?
        let placeholder = "$\(arguments.count + 1)"
        let condition = KeywordBits.condition(keyword, bits: "t.keywords", more: "t.more_keywords") {
            value = $0
            return placeholder
        }
        if let value { arguments.append(value) }
        return """
            EXISTS (SELECT 1 FROM emails t WHERE t.account_id = $1 AND t.thread_id = \(thread) AND \(isNegated ? "NOT " : "")(\(condition)))
            """
    }

    /// What the index found, as a condition on the id.
    private mutating func fullText(_ words: String, _ field: SearchField?) throws -> String {
        let terms = normalizer.terms(of: words)
        // Nothing that an index could hold: nothing is found.
        guard !terms.isEmpty else {
            foundCount = 0
            return "(1 = 0)"
        }
        let found = try lookup(terms, field)
        foundCount = found.count
        // Few are looked up one by one. Of many a page is found sooner by going through the mail in its order.
        guard dialect == .sqlite, foundCount > Self.fewest else { return "\(id) {in \(parameter(.integers(found.ids)))}" }
        return "in_ids(\(id), \(parameter(.ids(found))))"
    }

    private static let fewest = 1_000

    /// The one field with an index of its own; others are looked for by whoever asks, and come here as `emailIDs`.
    private mutating func header(_ name: String, _ value: String?) throws -> String {
        guard name.lowercased() == "message-id" else { throw StoreError.unsupportedFilter(what: "header \(name)") }
        guard let value else { return "\(column("message_id")) IS NOT NULL" }
        let bare = value.trimmed(of: "<> ").lowercased()
        return "lower(\(column("message_id"))) LIKE \(parameter(.text("%\(bare.escapedForLike)%"))) ESCAPE '\\'"
    }

    /// The order, made total by arrival and id.
    private mutating func orderText(_ sort: [EmailSort]) throws -> String {
        var parts: [String] = []
        var isByArrival = false
        for item in sort where !isByArrival {
            let direction = item.isAscending ? "ASC" : "DESC"
            switch item.property {
            case .receivedAt:
                parts.append("\(shared("received_at")) \(direction), \(id) \(direction)")
                isByArrival = true
            case .sentAt:
                // The Date field is in seconds, arrival in milliseconds.
                parts.append("coalesce(\(column("sent_at")) * 1000, \(shared("received_at"))) \(direction)")
            case .size: parts.append("\(column("size")) \(direction)")
            case .from: parts.append("\(column("from_key")) \(direction)")
            case .to: parts.append("\(column("to_key")) \(direction)")
            case .subject: parts.append("\(column("subject_key")) \(direction)")
            case .hasKeyword(let keyword): parts.append("CASE WHEN \(keywordCondition(keyword)) THEN 1 ELSE 0 END \(direction)")
            case .someInThreadHaveKeyword(let keyword):
                parts.append("CASE WHEN \(threadCondition(keyword, isNegated: false)) THEN 1 ELSE 0 END \(direction)")
            case .allInThreadHaveKeyword(let keyword):
                parts.append("CASE WHEN \(threadCondition(keyword, isNegated: true)) THEN 0 ELSE 1 END \(direction)")
            }
        }
        if !isByArrival { parts.append("\(shared("received_at")) DESC, \(id) DESC") }
        return "ORDER BY " + parts.joined(separator: ", ")
    }
}

extension String {
    fileprivate func trimmed(of characters: String) -> String {
        var rest = self[...]
        while let first = rest.first, characters.contains(first) { rest.removeFirst() }
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return String(rest)
    }

    /// `%`, `_` and `\` stand for themselves in LIKE with ESCAPE '\'.
    var escapedForLike: String { map { $0 == "%" || $0 == "_" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() }
}
