extension IMAP.Parser {
    mutating func mailboxName() throws(IMAP.ParseError) -> IMAP.MailboxName {
        IMAP.MailboxName(raw: try astring(), utf8: utf8Names)
    }

    mutating func flag() throws(IMAP.ParseError) -> IMAP.Flag {
        // Gmail quotes labels that are flags; nothing forbids to understand that everywhere.
        if isNext("\"") || isNext("{") { return IMAP.Flag(String(decoding: try string(), as: UTF8.self)) }
        return IMAP.Flag(bytes: try atom())
    }

    mutating func flagList() throws(IMAP.ParseError) -> [IMAP.Flag] {
        try expect("(")
        skipSpaces()
        var flags: [IMAP.Flag] = []
        while !take(")") {
            flags.append(try flag())
            skipSpaces()
        }
        return flags
    }

    /// `"/"`, `"\\"` or NIL; an empty string, as some servers send for a flat name space, is NIL too.
    private mutating func delimiter() throws(IMAP.ParseError) -> Character? {
        guard let text = try nstring() else { return nil }
        let string = text.string
        guard string.count <= 1 else { throw failure("one character as delimiter") }
        return string.first
    }

    /// `(\HasNoChildren) "/" INBOX`, with the extended data of RFC 5258.
    mutating func listed() throws(IMAP.ParseError) -> IMAP.ListedMailbox {
        try expect("(")
        skipSpaces()
        var attributes: Set<IMAP.MailboxAttribute> = []
        while !take(")") {
            attributes.insert(IMAP.MailboxAttribute(String(decoding: try atom(), as: UTF8.self)))
            skipSpaces()
        }
        try space()
        let delimiter = try delimiter()
        try space()
        let name = try mailboxName()
        var mailbox = IMAP.ListedMailbox(name: name, delimiter: delimiter, attributes: attributes)
        skipSpaces()
        if take("(") {
            skipSpaces()
            while !take(")") {
                let key = try astringText().asciiUppercased
                try space()
                switch key {
                case "OLDNAME":
                    try expect("(")
                    mailbox.oldName = try mailboxName()
                    try expect(")")
                case "CHILDINFO":
                    try expect("(")
                    while !take(")") {
                        mailbox.childInfo.append(try astringText().asciiUppercased)
                        skipSpaces()
                    }
                default: try skipValue()
                }
                skipSpaces()
            }
        }
        return mailbox
    }

    /// `INBOX (MESSAGES 3 UIDNEXT 7)`
    mutating func mailboxStatus() throws(IMAP.ParseError) -> IMAP.Untagged {
        let name = try mailboxName()
        try space()
        try expect("(")
        skipSpaces()
        var status = IMAP.MailboxStatus()
        while !take(")") {
            let item = word().asciiUppercased
            guard !item.isEmpty else { throw failure("status item") }
            try space()
            switch IMAP.StatusItem(rawValue: item) {
            case .messages: status.messages = try number()
            case .recent: status.recent = try number()
            case .unseen: status.unseen = try number()
            case .deleted: status.deleted = try number()
            case .uidNext: status.uidNext = try number()
            case .uidValidity: status.uidValidity = try number()
            case .highestModSeq: status.highestModSeq = try modSeq()
            case .size: status.size = try number64()
            case .deletedStorage: status.deletedStorage = try number64()
            case .appendLimit: status.appendLimit = takeNIL() ? nil : try number64()
            case .mailboxID:
                try expect("(")
                status.mailboxID = String(decoding: try atom(), as: UTF8.self)
                try expect(")")
            case nil: try skipValue()
            }
            skipSpaces()
        }
        return .mailboxStatus(name, status)
    }

    mutating func namespaces() throws(IMAP.ParseError) -> IMAP.Namespaces {
        let personal = try namespaceList()
        skipSpaces()
        let others = try namespaceList()
        skipSpaces()
        return IMAP.Namespaces(personal: personal, otherUsers: others, shared: try namespaceList())
    }

    private mutating func namespaceList() throws(IMAP.ParseError) -> [IMAP.Namespaces.Namespace] {
        if takeNIL() { return [] }
        try expect("(")
        var list: [IMAP.Namespaces.Namespace] = []
        skipSpaces()
        while !take(")") {
            try expect("(")
            let prefix = IMAP.MailboxName(raw: try string(), utf8: utf8Names)
            try space()
            let delimiter = try delimiter()
            skipSpaces()
            while !take(")") {
                try skipValue()
                skipSpaces()
            }
            list.append(.init(prefix: prefix, delimiter: delimiter))
            skipSpaces()
        }
        return list
    }
}
