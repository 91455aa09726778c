/// Message ids (RFC 5322 section 3.6.4) and URL lists (RFC 2369 section 2): both stand between angle brackets.
enum Bracketed {
    /// What stands in angle brackets, white space inside taken out; without any brackets, the words that look like ids, or the one word
    /// that there is. Nil for anything else: a phrase is no list of ids.
    static func messageIDs(_ bytes: Bytes) -> [String]? {
        let ids = bracketed(bytes)
        if !ids.isEmpty { return ids }
        var words: [String] = []
        var at = 0
        while at < bytes.count {
            at = StructuredText.skipSpaceAndComments(bytes, from: at)
            let start = at
            while at < bytes.count, !bytes[at].isSpace, bytes[at] != 44, bytes[at] != 40 || at == start { at += 1 }
            let word = bytes.sub(start, at)
            if word.count > 0, word.contains(64) || !word.contains(58) { words.append(trimBrackets(word).string) }
            while at < bytes.count, bytes[at] == 44 { at += 1 }
        }
        words.removeAll(where: \.isEmpty)
        if words.count > 1 { words.removeAll { !$0.utf8.contains(64) } }
        return words.isEmpty ? nil : words
    }

    static func urls(_ bytes: Bytes) -> [String]? {
        let urls = bracketed(bytes)
        return urls.isEmpty ? nil : urls
    }

    private static func bracketed(_ bytes: Bytes) -> [String] {
        var items: [String] = []
        var at = 0
        while let open = bytes.find(60, from: at, to: bytes.count) {
            guard let close = bytes.find(62, from: open, to: bytes.count) else {
                // The end is missing: the rest of the word counts.
                var end = open + 1
                while end < bytes.count, !bytes[end].isSpace { end += 1 }
                append(bytes.sub(open + 1, end), to: &items)
                break
            }
            // "<a <b>": the first one was never closed.
            var start = open
            while let inner = bytes.find(60, from: start + 1, to: close) { start = inner }
            append(bytes.sub(start + 1, close), to: &items)
            at = close + 1
        }
        return items
    }

    private static func append(_ item: Bytes, to items: inout [String]) {
        var text: [UInt8] = []
        for byte in item where !byte.isSpace { text.append(byte) }
        if !text.isEmpty { items.append(String(decoding: text, as: UTF8.self)) }
    }

    private static func trimBrackets(_ word: Bytes) -> Bytes {
        var word = word
        while word.first == 60 { word = word.sub(1, word.count) }
        while word.last == 62 { word = word.sub(0, word.count - 1) }
        return word
    }
}
