extension IMAP.Parser {
    /// `(UID 7 FLAGS (\Seen) BODY[] {3}...)`
    mutating func fetched(_ number: UInt32, isUID: Bool) throws(IMAP.ParseError) -> IMAP.FetchedMessage {
        var message = IMAP.FetchedMessage(sequence: isUID ? 0 : number)
        if isUID { message.uid = number }
        try expect("(")
        skipSpaces()
        while !take(")") {
            try attribute(of: &message)
            skipBreaks()
        }
        return message
    }

    /// Spaces, and the line end that some servers put behind a literal.
    private mutating func skipBreaks() { while isNext(" ") || isNext("\r") || isNext("\n") { index += 1 } }

    private mutating func attribute(of message: inout IMAP.FetchedMessage) throws(IMAP.ParseError) {
        let nameStart = index
        while index < end, IMAP.Parser.isNameByte(bytes[index]) { index += 1 }
        guard index > nameStart else { throw failure("name of a message attribute") }
        let name = String(decoding: bytes[nameStart..<index], as: UTF8.self).asciiUppercased
        if isNext("["), name == "BODY" || name == "BINARY" || name == "BINARY.SIZE" {
            return try body(named: name, of: &message)
        }
        try space()
        let valueStart = index
        do throws(IMAP.ParseError) {
            try value(of: name, in: &message)
            guard atEnd || isNext(" ") || isNext(")") else { throw failure("space or closing parenthesis") }
        } catch {
            // One bad value does not cost the message: step over it in the loosest way, and keep it as a defect.
            index = valueStart
            try skipValue()
            message.defects.append(.init(attribute: name, error: error))
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x2F, 0x3A: true
        default: false
        }
    }

    private mutating func value(of name: String, in message: inout IMAP.FetchedMessage) throws(IMAP.ParseError) {
        switch name {
        case "UID":
            let uid = try number()
            // Exchange answers 0 for a message that it lost; no message has that UID.
            if uid > 0 { message.uid = uid }
        case "FLAGS": message.flags = try flagList()
        case "RFC822.SIZE": message.size = try number64()
        case "INTERNALDATE": message.internalDate = try dateTime()
        case "MODSEQ":
            try expect("(")
            message.modSeq = try modSeq()
            try expect(")")
        case "ENVELOPE": message.envelope = try envelope()
        case "BODYSTRUCTURE", "BODY": message.bodyStructure = try bodyStructure()
        case "RFC822": message.bodies.append(.init(section: .whole, content: try content()))
        case "RFC822.HEADER": message.bodies.append(.init(section: .header, content: try content()))
        case "RFC822.TEXT": message.bodies.append(.init(section: .text, content: try content()))
        case "EMAILID": message.emailID = try objectID()
        case "THREADID": message.threadID = takeNIL() ? nil : try objectID()
        case "X-GM-MSGID": message.gmailMessageID = try number64()
        case "X-GM-THRID": message.gmailThreadID = try number64()
        case "X-GM-LABELS": message.gmailLabels = try labels()
        case "PREVIEW": message.preview = try preview()
        case "SNIPPET": message.preview = try preview()
        case "SAVEDATE": message.saveDate = takeNIL() ? nil : try dateTime()
        default: try skipValue()
        }
    }

    /// `(M6d99ac3275bb4e)` (RFC 8474)
    private mutating func objectID() throws(IMAP.ParseError) -> String {
        try expect("(")
        let id = String(decoding: try atom(), as: UTF8.self)
        try expect(")")
        return id
    }

    private mutating func labels() throws(IMAP.ParseError) -> [IMAP.Text] {
        try expect("(")
        skipSpaces()
        var labels: [IMAP.Text] = []
        while !take(")") {
            labels.append(IMAP.Text(try astring()))
            skipSpaces()
        }
        return labels
    }

    /// A string or NIL; the drafts of RFC 8970 (Dovecot's FUZZY) put it in parentheses behind its algorithm.
    private mutating func preview() throws(IMAP.ParseError) -> IMAP.Text? {
        guard take("(") else { return try nstring() }
        _ = try atom()
        try space()
        let text = try nstring()
        try expect(")")
        return text
    }

    // MARK: Sections

    private mutating func body(named name: String, of message: inout IMAP.FetchedMessage) throws(IMAP.ParseError) {
        let section = try section()
        var origin: UInt64?
        if take("<") {
            origin = try number64()
            try expect(">")
        }
        try space()
        if name == "BINARY.SIZE" {
            message.binarySizes.append(.init(part: section.part, size: try number64()))
        } else {
            message.bodies.append(.init(section: section, isBinary: name == "BINARY", origin: origin, content: try content()))
        }
    }

    /// `[1.2.HEADER.FIELDS (SUBJECT)]`
    mutating func section() throws(IMAP.ParseError) -> IMAP.Section {
        try expect("[")
        var section = IMAP.Section()
        while (0x30...0x39).contains(peek) {
            section.part.append(try number())
            guard section.part.count <= limits.depth else { throw failure("part number") }
            guard take(".") else { break }
        }
        if !isNext("]") {
            switch word().asciiUppercased {
            case "HEADER": section.text = .header
            case "TEXT": section.text = .text
            case "MIME": section.text = .mime
            case "HEADER.FIELDS": section.text = .headerFields(try fieldNames())
            case "HEADER.FIELDS.NOT": section.text = .headerFieldsNot(try fieldNames())
            default: throw failure("section")
            }
        }
        try expect("]")
        return section
    }

    private mutating func fieldNames() throws(IMAP.ParseError) -> [String] {
        try space()
        try expect("(")
        skipSpaces()
        var names: [String] = []
        while !take(")") {
            names.append(try astringText())
            skipSpaces()
        }
        return names
    }

    /// Which section the literal at the end of this unfinished FETCH belongs to; nil when it is none of a message's content.
    mutating func streamedLiteral(size: UInt64) -> IMAP.StreamedLiteral? {
        index = 2
        guard let sequence = try? number() else { return nil }
        skipSpaces()
        let isUID = word().asciiUppercased == "UIDFETCH"
        skipSpaces()
        guard take("(") else { return nil }
        var message = IMAP.FetchedMessage(sequence: isUID ? 0 : sequence)
        if isUID { message.uid = sequence }
        while !atEnd {
            skipBreaks()
            guard (try? attribute(of: &message)) != nil else { break }
            // The attribute that ends where the buffer does is the one whose bytes are coming.
            if index == bytes.count || atEnd { break }
        }
        guard index >= end, let body = message.bodies.last, case .streamed = body.content else { return nil }
        return IMAP.StreamedLiteral(
            sequence: message.sequence, uid: message.uid, section: body.section, isBinary: body.isBinary, origin: body.origin, size: size)
    }

    // MARK: Dates

    /// `"17-Jul-1996 02:44:25 -0700"` as seconds since 1970.
    mutating func dateTime() throws(IMAP.ParseError) -> Int64 {
        let start = index
        let text = try string()
        var parser = IMAP.Parser(Array(text))
        guard let seconds = try? parser.dateTimeText() else {
            index = start
            throw failure("date and time")
        }
        return seconds
    }

    private mutating func dateTimeText() throws(IMAP.ParseError) -> Int64 {
        skipSpaces()
        let day = try number()
        try expect("-")
        let monthStart = index
        while index < end, bytes[index] != UInt8(ascii: "-") { index += 1 }
        let name = String(decoding: bytes[monthStart..<index], as: UTF8.self)
        guard
            let month = IMAP.Day.monthNames.firstIndex(of: name)
                ?? IMAP.Day.monthNames.firstIndex(where: { $0.asciiLowercased == name.asciiLowercased })
        else { throw failure("month") }
        try expect("-")
        let year = try number()
        try space()
        let hour = try number()
        try expect(":")
        let minute = try number()
        try expect(":")
        let second = try number()
        guard (1...31).contains(day), year <= 9_999, hour < 24, minute < 60, second <= 60 else { throw failure("date and time") }
        skipSpaces()
        var offset: Int64 = 0
        if !atEnd {
            let negative = isNext("-")
            guard take("+") || take("-") else { throw failure("zone") }
            let digits = index
            let zone = Int64(try number())
            guard index - digits == 4, zone / 100 < 24, zone % 100 < 60 else { throw failure("zone") }
            offset = (zone / 100 * 60 + zone % 100) * 60 * (negative ? -1 : 1)
        }
        try finish()
        let days = IMAP.Day(year: Int(year), month: month + 1, day: Int(day)).daysSinceEpoch
        return days * 86_400 + Int64(hour) * 3_600 + Int64(minute) * 60 + Int64(second) - offset
    }
}
