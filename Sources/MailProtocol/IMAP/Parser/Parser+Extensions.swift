extension IMAP.Parser {
    /// `NIL` or `("name" "Dovecot" "version" NIL)` (RFC 2971).
    mutating func identification() throws(IMAP.ParseError) -> [String: String] {
        if takeNIL() { return [:] }
        try expect("(")
        skipSpaces()
        var fields: [String: String] = [:]
        while !take(")") {
            let name = try astringText()
            try space()
            if let value = try nstring() { fields[name.asciiLowercased] = value.string }
            skipSpaces()
        }
        // "Imap 1.5" of a large hoster closes its list with a plus sign.
        _ = take("+")
        return fields
    }

    /// Responses of extensions that a client meets only when it, or a proxy, asked for them.
    mutating func extensionData(named name: String) throws(IMAP.ParseError) -> IMAP.Untagged? {
        switch name {
        case "QUOTA":
            try space()
            return .quota(try quota())
        case "QUOTAROOT":
            try space()
            let mailbox = try mailboxName()
            return .quotaRoot(mailbox, roots: try strings())
        case "ACL":
            try space()
            let mailbox = try mailboxName()
            let words = try strings()
            guard words.count.isMultiple(of: 2) else { throw failure("rights") }
            return .acl(mailbox, stride(from: 0, to: words.count, by: 2).map { .init(identifier: words[$0], rights: words[$0 + 1]) })
        case "MYRIGHTS":
            try space()
            let mailbox = try mailboxName()
            try space()
            return .myRights(mailbox, rights: try astringText())
        case "LISTRIGHTS":
            try space()
            let mailbox = try mailboxName()
            try space()
            let identifier = try astringText()
            return .listRights(mailbox, identifier: identifier, rights: try strings())
        case "METADATA":
            try space()
            let mailbox = try mailboxName()
            try space()
            return .metadata(mailbox, entries: try metadataEntries())
        case "LANGUAGE":
            skipSpaces()
            return .language(try optionalList())
        case "COMPARATOR":
            let first = try strings(upTo: 1)
            skipSpaces()
            return .comparator(first + (atEnd ? [] : try optionalList()))
        case "JMAPACCESS":
            try space()
            let url = String(decoding: try string(), as: UTF8.self)
            guard url.asciiLowercased.hasPrefix("https://") else { throw failure("https URL") }
            return .jmapAccess(url)
        case "GENURLAUTH":
            return .genURLAuth(try strings().map { IMAP.Text($0) })
        case "URLFETCH":
            return .urlFetch(try fetchedURLs())
        case "UIDBATCHES":
            return try uidBatches()
        default:
            return nil
        }
    }

    /// The strings up to the end of the line.
    private mutating func strings(upTo limit: Int = .max) throws(IMAP.ParseError) -> [String] {
        var list: [String] = []
        skipSpaces()
        while !atEnd, list.count < limit {
            list.append(try astringText())
            skipSpaces()
        }
        return list
    }

    private mutating func optionalList() throws(IMAP.ParseError) -> [String] {
        if takeNIL() { return [] }
        guard take("(") else { return [try astringText()] }
        var list: [String] = []
        skipSpaces()
        while !take(")") {
            list.append(try astringText())
            skipSpaces()
        }
        return list
    }

    /// `"" (STORAGE 10 512)`
    private mutating func quota() throws(IMAP.ParseError) -> IMAP.Quota {
        let root = try astringText()
        skipSpaces()
        // A root without limits: `* QUOTA "ROOT"` and no list (`quotaWithoutList`).
        if atEnd { return IMAP.Quota(root: root, resources: []) }
        try expect("(")
        skipSpaces()
        var resources: [IMAP.Quota.Resource] = []
        while !take(")") {
            let name = String(decoding: try atom(), as: UTF8.self).asciiUppercased
            try space()
            let usage = try number64()
            try space()
            resources.append(.init(name: name, usage: usage, limit: try number64()))
            skipSpaces()
        }
        return IMAP.Quota(root: root, resources: resources)
    }

    /// `("/private/comment" "x")`, or bare names: these entries changed.
    private mutating func metadataEntries() throws(IMAP.ParseError) -> [IMAP.MetadataEntry] {
        var entries: [IMAP.MetadataEntry] = []
        guard take("(") else { return try strings().map { .init(name: $0, value: nil) } }
        skipSpaces()
        while !take(")") {
            let name = try astringText()
            try space()
            entries.append(.init(name: name, value: try nstring()))
            skipSpaces()
        }
        return entries
    }

    /// Each URL with its content, or with the pieces that RFC 5524 adds.
    private mutating func fetchedURLs() throws(IMAP.ParseError) -> [IMAP.URLFetched] {
        var urls: [IMAP.URLFetched] = []
        skipSpaces()
        while !atEnd {
            let url = IMAP.Text(try astring())
            try space()
            if isNext("(") {
                var content: IMAP.Text?
                while isNext("(") {
                    index += 1
                    let kind = word().asciiUppercased
                    skipSpaces()
                    if kind == "BODY" || kind == "BINARY" {
                        content = try nstring()
                    } else {
                        while !isNext(")"), !atEnd {
                            try skipValue()
                            skipSpaces()
                        }
                    }
                    try expect(")")
                    skipSpaces()
                }
                urls.append(.init(url: url, content: content))
            } else {
                urls.append(.init(url: url, content: try nstring()))
            }
            skipSpaces()
        }
        return urls
    }

    /// ` (TAG "A1") 215295:99695,99696:20350`
    private mutating func uidBatches() throws(IMAP.ParseError) -> IMAP.Untagged {
        var tag: String?
        skipSpaces()
        if take("(") {
            guard word().asciiUppercased == "TAG" else { throw failure("TAG") }
            try space()
            tag = try astringText()
            try expect(")")
        }
        skipSpaces()
        return .uidBatches(tag: tag, atEnd ? [] : try ranges())
    }
}
