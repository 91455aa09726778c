extension IMAP.Parser {
    /// `("date" "subject" (from) (sender) (reply-to) (to) (cc) (bcc) "in-reply-to" "message-id")`
    mutating func envelope() throws(IMAP.ParseError) -> IMAP.Envelope {
        try nested { parser throws(IMAP.ParseError) in
            try parser.expect("(")
            var envelope = IMAP.Envelope()
            parser.skipSpaces()
            envelope.date = try parser.nstring()
            parser.skipSpaces()
            envelope.subject = try parser.nstring()
            envelope.from = try parser.addresses()
            envelope.sender = try parser.addresses()
            envelope.replyTo = try parser.addresses()
            envelope.to = try parser.addresses()
            envelope.cc = try parser.addresses()
            envelope.bcc = try parser.addresses()
            parser.skipSpaces()
            envelope.inReplyTo = try parser.nstring()
            parser.skipSpaces()
            envelope.messageID = try parser.nstring()
            parser.skipSpaces()
            try parser.expect(")")
            return envelope
        }
    }

    /// `NIL`, or addresses in parentheses; some servers write an empty string for none.
    private mutating func addresses() throws(IMAP.ParseError) -> [IMAP.Envelope.Address] {
        skipSpaces()
        if takeNIL() { return [] }
        if isNext("\"") {
            guard try quoted().isEmpty else { throw failure("list of addresses") }
            return []
        }
        try expect("(")
        skipSpaces()
        var list: [IMAP.Envelope.Address] = []
        while !take(")") {
            try expect("(")
            skipSpaces()
            let name = try nstring()
            skipSpaces()
            let route = try nstring()
            skipSpaces()
            let mailbox = try nstring()
            skipSpaces()
            let host = try nstring()
            skipSpaces()
            try expect(")")
            list.append(.init(name: name, route: route, mailbox: mailbox, host: host))
            skipSpaces()
        }
        return list
    }
}
