extension IMAP.Parser {
    /// ` 2 5 7 (MODSEQ 917162500)`
    mutating func searchNumbers(keepOrder: Bool) throws(IMAP.ParseError) -> IMAP.SearchResult {
        var result = IMAP.SearchResult()
        var set = UIDSet()
        var unordered: [UID] = []
        skipSpaces()
        while !atEnd, !isNext("(") {
            let id = try number()
            if keepOrder { result.sorted.append(id) }
            if let last = set.max, id < last { unordered.append(id) } else { set.appendAscending(id...id) }
            guard atEnd || isNext(" ") || isNext("(") else { throw failure("space") }
            skipSpaces()
        }
        if take("(") {
            guard word().asciiUppercased == "MODSEQ" else { throw failure("MODSEQ") }
            try space()
            result.modSeq = try modSeq()
            try expect(")")
        }
        result.all = unordered.isEmpty ? set : set.union(UIDSet(ranges: unordered.map { $0...$0 }))
        return result
    }

    /// ` (TAG "A1") UID MIN 7 COUNT 3 ALL 7:9` (RFC 4731, RFC 9394, RFC 7162)
    mutating func extendedSearch() throws(IMAP.ParseError) -> IMAP.SearchResult {
        var result = IMAP.SearchResult()
        skipSpaces()
        if take("(") {
            while !take(")") {
                let key = word().asciiUppercased
                guard !key.isEmpty else { throw failure("search correlator") }
                try space()
                if key == "TAG" { result.tag = try astringText() } else { try skipValue() }
                skipSpaces()
            }
        }
        skipSpaces()
        while !atEnd {
            let name = word().asciiUppercased
            guard !name.isEmpty else { throw failure("search return data") }
            if name == "UID" {
                result.isUID = true
                skipSpaces()
                continue
            }
            try space()
            switch name {
            case "MIN": result.min = try number()
            case "MAX": result.max = try number()
            case "COUNT": result.count = try number()
            case "ALL": result.all = try uidSet()
            case "MODSEQ": result.modSeq = try modSeq()
            case "PARTIAL":
                try expect("(")
                _ = try atom()
                try space()
                result.partial = takeNIL() ? UIDSet() : try uidSet()
                try expect(")")
            default: try skipValue()
            }
            guard atEnd || isNext(" ") else { throw failure("space") }
            skipSpaces()
        }
        return result
    }

    /// `(2)(3 6 (4 23)(44 7 96))`; read without recursion, for its depth is the server's choice.
    mutating func threads() throws(IMAP.ParseError) -> [IMAP.ThreadMember] {
        var members: [IMAP.ThreadMember] = []
        // For each open parenthesis: the member that the next one answers.
        var open: [Int?] = []
        while !atEnd {
            if take("(") {
                // A thread without a root message: RFC 5256 writes ((3)(5)).
                if let level = open.indices.last, open[level] == nil {
                    members.append(IMAP.ThreadMember(id: nil, parent: nil))
                    open[level] = members.count - 1
                }
                open.append(open.last ?? nil)
            } else if take(")") {
                guard open.popLast() != nil else { throw failure("opening parenthesis") }
            } else {
                guard let level = open.indices.last else { throw failure("opening parenthesis") }
                let id = try number()
                members.append(IMAP.ThreadMember(id: id, parent: open[level]))
                open[level] = members.count - 1
            }
            skipSpaces()
        }
        guard open.isEmpty else { throw failure("closing parenthesis") }
        return members
    }

    /// The UIDs of VANISHED. iCloud leaves the set away when nothing vanished.
    mutating func vanishedSet() throws(IMAP.ParseError) -> UIDSet {
        skipSpaces()
        if atEnd { return UIDSet() }
        return try uidSet()
    }
}
