extension IMAP.Parser {
    mutating func response() throws(IMAP.ParseError) -> IMAP.Response {
        if take("+") {
            skipSpaces()
            return .continuation(IMAP.Text(bytes[index..<Swift.max(index, end)]))
        }
        if isNext("*") {
            index += 1
            try space()
            return .untagged(try untagged())
        }
        // Exchange sends a response code alone on a line: it means `* OK`.
        if isNext("[") { return .untagged(.status(try status(.ok))) }
        let start = index
        while index < end, IMAP.Parser.isAtomByte(bytes[index]) { index += 1 }
        guard index > start else { throw failure("tag, \"*\" or \"+\"") }
        let tag = String(decoding: bytes[start..<index], as: UTF8.self)
        try space()
        let name = word().asciiUppercased
        guard let condition = IMAP.Status.Condition(rawValue: name), condition == .ok || condition == .no || condition == .bad else {
            throw failure("OK, NO or BAD")
        }
        return .tagged(tag: tag, try status(condition))
    }

    private mutating func untagged() throws(IMAP.ParseError) -> IMAP.Untagged {
        if (0x30...0x39).contains(peek) {
            let number = try number()
            try space()
            return try numbered(number)
        }
        let start = index
        let name = word().asciiUppercased
        guard !name.isEmpty else { throw failure("name of a response") }
        if let condition = IMAP.Status.Condition(rawValue: name) { return .status(try status(condition)) }
        let value = try data(named: name)
        guard let value else {
            skipSpaces()
            // A word with a response code behind it is a status, and a status has one of five conditions.
            if isNext("[") {
                index = start
                throw failure("OK, NO, BAD, BYE or PREAUTH")
            }
            return .other(name: name, IMAP.Text(bytes[index..<Swift.max(index, end)]))
        }
        try finish()
        return value
    }

    private mutating func numbered(_ number: UInt32) throws(IMAP.ParseError) -> IMAP.Untagged {
        let name = word().asciiUppercased
        switch name {
        case "EXISTS":
            try finish()
            return .exists(number)
        case "RECENT":
            try finish()
            return .recent(number)
        case "EXPUNGE":
            try finish()
            return .expunge(number)
        case "FETCH", "UIDFETCH":
            try space()
            let message = try fetched(number, isUID: name == "UIDFETCH")
            try finish()
            return .fetch(message)
        case "":
            throw failure("name of a response")
        default:
            skipSpaces()
            return .other(name: name, IMAP.Text(bytes[index..<Swift.max(index, end)]))
        }
    }

    /// The response of this name; nil: it has no meaning here.
    private mutating func data(named name: String) throws(IMAP.ParseError) -> IMAP.Untagged? {
        switch name {
        case "CAPABILITY":
            return .capability(IMAP.Capabilities(words(inBrackets: false)))
        case "ENABLED":
            return .enabled(words(inBrackets: false))
        case "FLAGS":
            try space()
            return .flags(try flagList())
        case "LIST", "LSUB", "XLIST":
            try space()
            return .list(try listed(), kind: IMAP.ListKind(rawValue: name) ?? .list)
        case "STATUS":
            try space()
            return try mailboxStatus()
        case "SEARCH":
            return .search(try searchNumbers(keepOrder: false))
        case "SORT":
            return .sort(try searchNumbers(keepOrder: true))
        case "ESEARCH":
            return .search(try extendedSearch())
        case "THREAD":
            skipSpaces()
            return .thread(try threads())
        case "VANISHED":
            try space()
            var earlier = false
            if take("(") {
                guard word().asciiUppercased == "EARLIER" else { throw failure("EARLIER") }
                try expect(")")
                earlier = true
                try space()
            }
            return .vanished(try vanishedSet(), earlier: earlier)
        case "NAMESPACE":
            try space()
            return .namespace(try namespaces())
        case "ID":
            try space()
            return .id(try identification())
        default:
            return try extensionData(named: name)
        }
    }

    // MARK: Status

    mutating func status(_ condition: IMAP.Status.Condition) throws(IMAP.ParseError) -> IMAP.Status {
        guard atEnd || isNext(" ") || isNext("[") else { throw failure("space") }
        skipSpaces()
        var code: IMAP.ResponseCode?
        if isNext("[") {
            let start = index
            if let parsed = responseCode() { code = parsed } else { index = start }
        }
        skipSpaces()
        return IMAP.Status(condition, code: code, text: String(decoding: bytes[index..<Swift.max(index, end)], as: UTF8.self))
    }

    /// A response code; nil, and the cursor anywhere, when the bracket never closes: then it is text.
    private mutating func responseCode() -> IMAP.ResponseCode? {
        index += 1
        let nameStart = index
        while index < end, bytes[index] != UInt8(ascii: " "), bytes[index] != UInt8(ascii: "]") { index += 1 }
        let name = String(decoding: bytes[nameStart..<index], as: UTF8.self).asciiUppercased
        let argumentStart = index
        if let code = try? argument(of: name) {
            skipSpaces()
            if take("]") { return code }
        }
        // The name is not known or the argument makes no sense: keep it as it is, up to the bracket.
        index = argumentStart
        skipSpaces()
        let textStart = index
        var inQuotes = false
        while index < end {
            if bytes[index] == UInt8(ascii: "\"") { inQuotes.toggle() }
            if bytes[index] == UInt8(ascii: "]"), !inQuotes { break }
            index += 1
        }
        if index == end, inQuotes {
            index = textStart
            while index < end, bytes[index] != UInt8(ascii: "]") { index += 1 }
        }
        guard index < end else { return nil }
        let argument = index > textStart ? String(decoding: bytes[textStart..<index], as: UTF8.self) : nil
        index += 1
        return .other(name: name, argument: argument)
    }

    private mutating func argument(of name: String) throws(IMAP.ParseError) -> IMAP.ResponseCode {
        if let bare = IMAP.ResponseCode.bare[name] { return bare }
        switch name {
        case "BADCHARSET":
            skipSpaces()
            var charsets: [String] = []
            if take("(") {
                while !take(")") {
                    charsets.append(try astringText())
                    skipSpaces()
                }
            }
            return .badCharset(charsets)
        case "CAPABILITY": return .capability(capabilities())
        case "PERMANENTFLAGS":
            try space()
            return .permanentFlags(try flagList())
        case "UIDNEXT":
            try space()
            return .uidNext(try number())
        case "UIDVALIDITY":
            try space()
            return .uidValidity(try number())
        case "UNSEEN":
            try space()
            return .unseen(try number())
        case "HIGHESTMODSEQ":
            try space()
            return .highestModSeq(try modSeq())
        case "MODIFIED":
            try space()
            return .modified(try uidSet())
        case "APPENDUID":
            try space()
            let validity = try number()
            try space()
            return .appendUID(validity: validity, uids: try uidSet())
        case "COPYUID":
            try space()
            let validity = try number()
            try space()
            let source = try ranges()
            try space()
            return .copyUID(validity: validity, source: source, destination: try ranges())
        case "MAILBOXID":
            try space()
            try expect("(")
            let start = index
            while index < end, bytes[index] != UInt8(ascii: ")") { index += 1 }
            let id = String(decoding: bytes[start..<index], as: UTF8.self)
            try expect(")")
            return .mailboxID(id)
        case "NAMESPACE":
            try space()
            return .namespace(try namespaces())
        case "METADATA":
            try space()
            return try metadataCode()
        case "REFERRAL", "WEBALERT":
            try space()
            let start = index
            while index < end, bytes[index] != UInt8(ascii: "]") { index += 1 }
            let url = String(decoding: bytes[start..<index], as: UTF8.self)
            return name == "REFERRAL" ? .referral(url) : .webAlert(url)
        default: throw failure("known response code")
        }
    }

    private mutating func metadataCode() throws(IMAP.ParseError) -> IMAP.ResponseCode {
        switch word().asciiUppercased {
        case "LONGENTRIES":
            try space()
            return .metadataLongEntries(try number64())
        case "MAXSIZE":
            try space()
            return .metadataMaxSize(try number64())
        case "TOOMANY": return .metadataTooMany
        case "NOPRIVATE": return .metadataNoPrivate
        default: throw failure("LONGENTRIES, MAXSIZE, TOOMANY or NOPRIVATE")
        }
    }

    private mutating func capabilities() -> IMAP.Capabilities { IMAP.Capabilities(words(inBrackets: true)) }

    private mutating func words(inBrackets: Bool) -> [String] {
        var names: [String] = []
        while true {
            skipSpaces()
            let start = index
            while index < end, IMAP.Parser.isAtomByte(bytes[index]), !inBrackets || bytes[index] != UInt8(ascii: "]") { index += 1 }
            guard index > start else { return names }
            names.append(String(decoding: bytes[start..<index], as: UTF8.self))
        }
    }
}
