/// A piece of a search text.
enum SearchToken: Hashable {
    /// A word or a quoted phrase, quotes kept; `*` after the last bare word.
    case word(String)
    case field(SearchFieldName, String, source: String)
    case minus, or, open, close

    static func tokens(of text: String) -> [SearchToken] {
        var tokens: [SearchToken] = []
        var rest = Substring(text)
        while true {
            rest = rest.drop { $0.isWhitespace }
            guard let first = rest.first else { break }
            switch first {
            case "(":
                tokens.append(.open)
                rest.removeFirst()
            case ")":
                tokens.append(.close)
                rest.removeFirst()
            case "|":
                tokens.append(.or)
                rest.removeFirst()
            case "-", "−":
                rest.removeFirst()
                // A minus belongs to what follows at once; alone it is a dash.
                if let next = rest.first, !next.isWhitespace, next != "-" { tokens.append(.minus) }
            default:
                tokens.append(token(from: &rest))
            }
        }
        if case .word(let last)? = tokens.last, let end = text.last, end.isLetter || end.isNumber, !last.hasPrefix("\""),
            last.count >= shortestBeginning
        {
            tokens[tokens.count - 1] = .word(last + "*")
        }
        return tokens
    }

    /// A shorter last word is a word: what begins with one or two letters is nearly everything.
    static let shortestBeginning = 3

    private static func token(from rest: inout Substring) -> SearchToken {
        if isQuote(rest.first) { return .word("\"\(quoted(from: &rest))\"") }
        let start = rest.startIndex
        let name = rest.prefix { $0.isLetter }
        let afterName = rest[name.endIndex...]
        if afterName.first == ":", let field = SearchFieldName(word: name.lowercased()) {
            rest = afterName.dropFirst()
            let value = isQuote(rest.first) ? "\"\(quoted(from: &rest))\"" : bare(from: &rest)
            return .field(field, value, source: "\(name):\(value)")
        }
        rest = rest[start...]
        let word = bare(from: &rest)
        switch word {
        case "OR", "ИЛИ": return .or
        case "NOT", "НЕ": return .minus
        default: return .word(word)
        }
    }

    private static func isQuote(_ character: Character?) -> Bool {
        character.map { "\"\u{201C}\u{201D}«»„".contains($0) } ?? false
    }

    private static func quoted(from rest: inout Substring) -> Substring {
        rest.removeFirst()
        let value = rest.prefix { !isQuote($0) }
        rest = rest[value.endIndex...].dropFirst()
        return value
    }

    private static func bare(from rest: inout Substring) -> String {
        let value = rest.prefix { !$0.isWhitespace && $0 != ")" && $0 != "(" && !isQuote($0) }
        rest = rest[value.endIndex...]
        return String(value)
    }
}

/// The fields of the query language by their names in both languages.
enum SearchFieldName: Hashable {
    case from, to, cc, bcc, subject, body, fileName, mailbox, has, state, label, before, after, on, larger, smaller

    init?(word: String) {
        guard let name = Self.names[word] else { return nil }
        self = name
    }

    private static let names: [String: SearchFieldName] = [
        "from": .from, "от": .from, "to": .to, "кому": .to, "cc": .cc, "копия": .cc, "bcc": .bcc, "скрытая": .bcc,
        "subject": .subject, "тема": .subject, "body": .body, "текст": .body, "filename": .fileName, "файл": .fileName,
        "in": .mailbox, "folder": .mailbox, "в": .mailbox, "папка": .mailbox, "has": .has, "есть": .has,
        "is": .state, "это": .state, "статус": .state, "label": .label, "keyword": .label, "метка": .label,
        "before": .before, "до": .before, "after": .after, "since": .after, "после": .after, "с": .after, "on": .on, "date": .on,
        "дата": .on,
        "larger": .larger, "больше": .larger, "smaller": .smaller, "меньше": .smaller,
    ]
}
