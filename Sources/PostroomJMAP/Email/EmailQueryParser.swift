import PostroomCore

/// Email filters and sorts (RFC 8621 §4.4.1, §4.4.2).
enum EmailQueryParser {
    static let sortOptions = [
        "receivedAt", "sentAt", "size", "from", "to", "subject", "hasKeyword", "allInThreadHaveKeyword", "someInThreadHaveKeyword",
    ]

    static func query(filter: JSONObject?, sort: [Comparator], collapseThreads: Bool, _ context: RequestContext) throws -> EmailQuery {
        var query = EmailQuery(collapseThreads: collapseThreads)
        if let filter { query.filter = simplified(try FilterTree.parse(filter) { try conditions($0, context) }) }
        if !sort.isEmpty { query.sort = try sort.map(self.sort) }
        return query
    }

    private static func simplified(_ tree: FilterTree<[EmailFilter]>) -> EmailFilter? {
        let filter = convert(tree)
        if case .and(let all) = filter, all.isEmpty { return nil }
        return filter
    }

    private static func convert(_ tree: FilterTree<[EmailFilter]>) -> EmailFilter {
        switch tree {
        case .all(let branches): .and(branches.map(convert))
        case .any(let branches): .or(branches.map(convert))
        case .none(let branches): .not(branches.map(convert))
        case .condition(let filters): filters.count == 1 ? filters[0] : .and(filters)
        }
    }

    private static func sort(_ comparator: Comparator) throws -> EmailSort {
        func keyword() throws -> String {
            guard let keyword = comparator.keyword.flatMap(Keyword.normalized) else {
                throw MethodError.invalidArguments("The sort \"\(comparator.property)\" needs a \"keyword\".")
            }
            return keyword
        }
        let property: EmailSort.Property
        switch comparator.property {
        case "receivedAt": property = .receivedAt
        case "sentAt": property = .sentAt
        case "size": property = .size
        case "from": property = .from
        case "to": property = .to
        case "subject": property = .subject
        case "hasKeyword": property = .hasKeyword(try keyword())
        case "allInThreadHaveKeyword": property = .allInThreadHaveKeyword(try keyword())
        case "someInThreadHaveKeyword": property = .someInThreadHaveKeyword(try keyword())
        default: throw MethodError("unsupportedSort", "Emails can't be sorted by \"\(comparator.property)\".")
        }
        return EmailSort(property, isAscending: comparator.isAscending)
    }

    private static func conditions(_ object: JSONObject, _ context: RequestContext) throws -> [EmailFilter] {
        try object.entries.compactMap { name, value in
            func wrong(_ type: String) -> MethodError { .invalidArguments("\"\(name)\" must be \(type).") }
            func text() throws -> String {
                guard let text = value.string else { throw wrong("a string") }
                return text
            }
            func size() throws -> Int {
                guard let size = value.integer, size >= 0 else { throw wrong("an integer that is not negative") }
                return size
            }
            func date() throws -> Timestamp {
                guard let date = value.string.flatMap(DateText.utc) else { throw wrong("a UTCDate") }
                return date
            }
            func keyword() throws -> String {
                guard let keyword = value.string.flatMap(Keyword.normalized) else { throw wrong("a keyword") }
                return keyword
            }
            func mailbox(_ value: JSONValue) throws -> MailboxID? {
                guard let id = value.string, JMAPID.isValidReference(id) else { throw wrong("an id") }
                return context.resolve(id).flatMap(JMAPID.mailbox)
            }
            if value.isNull { return nil }
            switch name {
            // A mailbox that does not exist holds nothing.
            case "inMailbox": return try mailbox(value).map { .inMailbox($0) } ?? .or([])
            case "inMailboxOtherThan":
                guard let items = value.array else { throw wrong("an array of ids") }
                return .inMailboxOtherThan(try items.compactMap(mailbox))
            case "before": return .before(try date())
            case "after": return .after(try date())
            case "minSize": return .minSize(try size())
            case "maxSize": return .maxSize(try size())
            case "allInThreadHaveKeyword": return .allInThreadHaveKeyword(try keyword())
            case "someInThreadHaveKeyword": return .someInThreadHaveKeyword(try keyword())
            case "noneInThreadHaveKeyword": return .noneInThreadHaveKeyword(try keyword())
            case "hasKeyword": return .hasKeyword(try keyword())
            case "notKeyword": return .notKeyword(try keyword())
            case "hasAttachment":
                guard let flag = value.bool else { throw wrong("a boolean") }
                return .hasAttachment(flag)
            case "text": return .text(try text())
            case "from": return .from(try text())
            case "to": return .to(try text())
            case "cc": return .cc(try text())
            case "bcc": return .bcc(try text())
            case "subject": return .subject(try text())
            case "body": return .body(try text())
            case "header":
                let parts = value.array?.compactMap(\.string) ?? []
                guard parts.count == value.array?.count, parts.count == 1 || parts.count == 2, !parts[0].isEmpty else {
                    throw wrong("an array of a header's name and, if wanted, a value")
                }
                return .header(name: parts[0], value: parts.count == 2 ? parts[1] : nil)
            default:
                throw MethodError("unsupportedFilter", "Emails can't be filtered by \"\(name)\".")
            }
        }
    }

    /// True where every property that is filtered or sorted by stays as it is for as long as the email lives. That is the time of its
    /// coming in alone: what the header and the body say is known exactly once the source is here; mailboxes and keywords change.
    static func isFixed(_ query: EmailQuery) -> Bool {
        func isFixed(_ filter: EmailFilter) -> Bool {
            switch filter {
            case .and(let all), .or(let all), .not(let all): all.allSatisfy(isFixed)
            case .before, .after: true
            default: false
            }
        }
        return !query.collapseThreads && query.filter.map(isFixed) ?? true
            && query.sort.allSatisfy { $0.property == .receivedAt }
    }

    /// True where an email's place depends on other emails of its thread.
    static func dependsOnThreads(_ query: EmailQuery) -> Bool {
        func depends(_ filter: EmailFilter) -> Bool {
            switch filter {
            case .and(let all), .or(let all), .not(let all): all.contains(where: depends)
            case .allInThreadHaveKeyword, .someInThreadHaveKeyword, .noneInThreadHaveKeyword: true
            default: false
            }
        }
        return query.collapseThreads || query.filter.map(depends) == true
            || query.sort.contains { sort in
                switch sort.property {
                case .allInThreadHaveKeyword, .someInThreadHaveKeyword: true
                default: false
                }
            }
    }
}

/// Keywords (RFC 8621 §4.1.1).
enum Keyword {
    /// Lower case; nil for what IMAP can't hold.
    static func normalized(_ text: String) -> String? {
        guard !text.isEmpty, text.utf8.count <= 255,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"(){]%*\"\\".utf8.contains($0) })
        else { return nil }
        return text.lowercased()
    }
}
