/// What a field of the query language asks for.
struct SearchFieldReader {
    enum Result {
        case filter(EmailFilter)
        /// No condition: `in:anywhere`.
        case everything
        case misunderstood
    }

    var mailboxes: [Mailbox]
    var now: Timestamp
    var offsetMinutes: Int

    func filter(_ field: SearchFieldName, _ value: String) -> Result {
        guard !value.isEmpty, value != "\"\"" else { return .misunderstood }
        switch field {
        case .from: return .filter(.from(value))
        case .to: return .filter(.or([.to(value), .cc(value), .bcc(value)]))
        case .cc: return .filter(.cc(value))
        case .bcc: return .filter(.bcc(value))
        case .subject: return .filter(.subject(value))
        // Names of attachments are indexed with the text.
        case .body, .fileName: return .filter(.body(value))
        case .mailbox: return mailbox(bare(value))
        case .has:
            let word = bare(value)
            return ["attach", "file", "влож", "файл"].contains { word.hasPrefix($0) } ? .filter(.hasAttachment(true)) : .misunderstood
        case .state: return state(bare(value))
        case .label: return .filter(.hasKeyword(bare(value)))
        case .before: return day(bare(value)).map { .filter(.before($0.start)) } ?? .misunderstood
        case .after: return day(bare(value)).map { .filter(.after($0.start)) } ?? .misunderstood
        case .on: return day(bare(value)).map { .filter(.and([.after($0.start), .before($0.end)])) } ?? .misunderstood
        case .larger: return size(bare(value)).map { .filter(.minSize($0)) } ?? .misunderstood
        case .smaller: return size(bare(value)).map { .filter(.maxSize($0)) } ?? .misunderstood
        }
    }

    private func bare(_ value: String) -> String { value.lowercased().filter { $0 != "\"" } }

    private static let roles: [(words: [String], role: MailboxRole)] = [
        (["inbox", "входящие"], .inbox), (["drafts", "draft", "черновики"], .drafts), (["sent", "отправленные"], .sent),
        (["archive", "архив"], .archive), (["junk", "spam", "спам"], .junk), (["trash", "bin", "корзина"], .trash),
    ]

    private func mailbox(_ name: String) -> Result {
        if ["anywhere", "all", "везде", "всё", "все"].contains(name) { return .everything }
        let role = Self.roles.first { $0.words.contains(name) }?.role
        let found =
            mailboxes.first { $0.path.lowercased() == name } ?? mailboxes.first { $0.role != nil && $0.role == role }
            ?? mailboxes.first { $0.name.lowercased() == name }
        return found.map { .filter(.inMailbox($0.id)) } ?? .misunderstood
    }

    private func state(_ word: String) -> Result {
        func begins(_ starts: String...) -> Bool { starts.contains { word.hasPrefix($0) } }
        if begins("unread", "unseen", "непроч") { return .filter(.notKeyword("$seen")) }
        if begins("read", "seen", "проч") { return .filter(.hasKeyword("$seen")) }
        if begins("flag", "star", "import", "отме", "важн", "избр") { return .filter(.hasKeyword("$flagged")) }
        if begins("answer", "repl", "отве") { return .filter(.hasKeyword("$answered")) }
        if begins("draft", "черн") { return .filter(.hasKeyword("$draft")) }
        if begins("forward", "пересл") { return .filter(.hasKeyword("$forwarded")) }
        return .misunderstood
    }

    /// Octets: `10M`, `500k`, `2гб`, `1500`.
    private func size(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number < 1 << 40 else { return nil }
        switch text[digits.endIndex...] {
        case "", "b", "б": return number
        case "k", "kb", "к", "кб": return number << 10
        case "m", "mb", "м", "мб": return number << 20
        case "g", "gb", "г", "гб": return number << 30
        default: return nil
        }
    }

    /// A day, month or year as a span of time: `2024-03-31`, `31.03.2024`, `2024-03`, `2024`, `today`, `yesterday`, `7d`.
    private func day(_ text: String) -> (start: Timestamp, end: Timestamp)? {
        let today = Timestamp.floorDivide(now.seconds + Int64(offsetMinutes) * 60, 86_400)
        func span(_ first: Int64, _ last: Int64) -> (Timestamp, Timestamp) {
            func midnight(_ day: Int64) -> Timestamp { Timestamp(seconds: day * 86_400 - Int64(offsetMinutes) * 60) }
            return (midnight(first), midnight(last))
        }
        if ["today", "сегодня"].contains(text) { return span(today, today + 1) }
        if ["yesterday", "вчера"].contains(text) { return span(today - 1, today) }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        if let count = Int64(digits), count < 100_000 {
            let days: Int64? =
                switch text[digits.endIndex...] {
                case "d", "д": 1
                case "w", "н": 7
                case "m", "м": 30
                case "y", "г": 365
                default: nil
                }
            if let days { return span(today - count * days, today - count * days + 1) }
        }
        let parts = text.split { "-./".contains($0) }.map { ($0.count, Int($0)) }
        guard parts.count <= 3, parts.allSatisfy({ $0.1 != nil }), let first = parts.first?.1 else { return nil }
        let numbers = parts.compactMap(\.1)
        if parts[0].0 == 4 {
            let month = numbers.count > 1 ? numbers[1] : nil
            let day = numbers.count > 2 ? numbers[2] : nil
            return civil(first, month, day).map { span($0.0, $0.1) }
        }
        guard parts.count == 3, parts[2].0 == 4 else { return nil }
        return civil(numbers[2], numbers[1], first).map { span($0.0, $0.1) }
    }

    /// Days since 1970 of the first day and of the one after the last.
    private func civil(_ year: Int, _ month: Int?, _ day: Int?) -> (Int64, Int64)? {
        guard (1...9999).contains(year) else { return nil }
        guard let month else { return (Timestamp.days(fromCivil: year, 1, 1), Timestamp.days(fromCivil: year + 1, 1, 1)) }
        guard (1...12).contains(month) else { return nil }
        let first = Timestamp.days(fromCivil: year, month, 1)
        let length = Timestamp.days(in: month, of: year)
        guard let day else { return (first, first + Int64(length)) }
        guard (1...length).contains(day) else { return nil }
        return (first + Int64(day - 1), first + Int64(day))
    }
}
