extension IMAP.Parser {
    mutating func bodyStructure() throws(IMAP.ParseError) -> IMAP.BodyStructure {
        try nested { parser throws(IMAP.ParseError) in
            try parser.expect("(")
            parser.skipSpaces()
            let structure: IMAP.BodyStructure =
                if parser.isNext("(") {
                    .multipart(try parser.multipart())
                } else {
                    .part(try parser.part())
                }
            // Future extensions, and whatever else a server appends.
            parser.skipSpaces()
            while !parser.take(")") {
                try parser.skipValue()
                parser.skipSpaces()
            }
            return structure
        }
    }

    private mutating func multipart() throws(IMAP.ParseError) -> IMAP.BodyStructure.Multipart {
        var parts: [IMAP.BodyStructure] = []
        while isNext("(") {
            parts.append(try bodyStructure())
            skipSpaces()
        }
        var multipart = IMAP.BodyStructure.Multipart(parts: parts, subtype: try lowercased())
        guard try more() else { return multipart }
        multipart.parameters = try parameters()
        guard try more() else { return multipart }
        try extras(&multipart.extras)
        return multipart
    }

    private mutating func part() throws(IMAP.ParseError) -> IMAP.BodyStructure.Part {
        let type = try lowercased()
        try space()
        // A multipart without parts: some servers leave the parts out and write only its subtype and parameters.
        if isNext("(") || type.isEmpty && isNIL() {
            var part = IMAP.BodyStructure.Part(type: "multipart", subtype: type)
            part.parameters = try parameters()
            return part
        }
        var part = IMAP.BodyStructure.Part(type: type, subtype: try lowercased())
        try space()
        part.parameters = try parameters()
        try space()
        part.contentID = try nstring()
        try space()
        part.description = try nstring()
        try space()
        part.encoding = try lowercased()
        try space()
        part.size = try looseNumber()
        if part.type == "message", part.subtype == "rfc822" || part.subtype == "global" {
            guard try more() else { return part }
            // Exchange leaves these out when the embedded message is broken.
            if isNext("(") {
                part.envelope = try envelope()
                try space()
                part.message = try bodyStructure()
                try space()
                part.lines = try looseNumber()
            }
            guard try more() else { return part }
        } else if part.type == "text" {
            guard try more() else { return part }
            if isNIL() || isNext("-") || (0x30...0x39).contains(peek) { part.lines = try looseNumber() }
            guard try more() else { return part }
        } else {
            guard try more() else { return part }
        }
        _ = try nstring().map { part.extras.md5 = $0 }
        guard try more() else { return part }
        try extras(&part.extras)
        return part
    }

    /// Disposition, language and location, as many as there are.
    private mutating func extras(_ extras: inout IMAP.BodyStructure.Extras) throws(IMAP.ParseError) {
        extras.disposition = try disposition()
        guard try more() else { return }
        if take("(") {
            skipSpaces()
            while !take(")") {
                if let language = try nstring() { extras.languages.append(language) }
                skipSpaces()
            }
        } else if let language = try nstring() {
            extras.languages = [language]
        }
        guard try more() else { return }
        extras.location = try nstring()
    }

    /// Whether another field follows; the list's end is left where it is.
    private mutating func more() throws(IMAP.ParseError) -> Bool {
        skipSpaces()
        if isNext(")") { return false }
        guard !atEnd else { throw failure("closing parenthesis") }
        return true
    }

    private mutating func lowercased() throws(IMAP.ParseError) -> String { try nstring()?.string.asciiLowercased ?? "" }

    /// A number; 0 for NIL and for negative ones, which Exchange and others send for what they don't know.
    private mutating func looseNumber() throws(IMAP.ParseError) -> UInt64 {
        if takeNIL() { return 0 }
        if take("-") {
            _ = try number64()
            return 0
        }
        return try number64()
    }

    /// `NIL` or `("charset" "utf-8")`.
    private mutating func parameters() throws(IMAP.ParseError) -> [IMAP.BodyStructure.Parameter] {
        if takeNIL() { return [] }
        if isNext("\"") {
            guard try quoted().isEmpty else { throw failure("list of parameters") }
            return []
        }
        try expect("(")
        skipSpaces()
        var list: [IMAP.BodyStructure.Parameter] = []
        while !take(")") {
            let name = try lowercased()
            skipSpaces()
            // A parameter without a value happens with broken Content-Type fields.
            if isNext(")") { continue }
            list.append(.init(name: name, value: try nstring() ?? ""))
            skipSpaces()
        }
        return list
    }

    /// `NIL` or `("attachment" ("filename" "x"))`; a bare string where a server forgot the parentheses.
    private mutating func disposition() throws(IMAP.ParseError) -> IMAP.BodyStructure.Disposition? {
        if takeNIL() { return nil }
        if !isNext("(") { return .init(type: try lowercased()) }
        return try nested { parser throws(IMAP.ParseError) in
            try parser.expect("(")
            parser.skipSpaces()
            // Seen from Exchange for broken fields: ().
            if parser.take(")") { return nil }
            let type = try parser.lowercased()
            var parameters: [IMAP.BodyStructure.Parameter] = []
            if try parser.more() { parameters = try parser.parameters() }
            parser.skipSpaces()
            try parser.expect(")")
            return .init(type: type, parameters: parameters)
        }
    }
}
