/// Dates (RFC 5322 section 3.3 and 4.3) and the other forms that mail has: asctime, RFC 850, ISO 8601, named zones.
///
/// Reads tokens in any order, since the orders differ and the tokens mostly tell what they are.
struct DateParser {
    private let bytes: Bytes
    private var at = 0
    /// Numbers that are not yet known to be day, month or year, with their count of digits.
    private var numbers: [(value: Int, digits: Int)] = []
    private var month: Int?
    /// How many numbers stood before the month's name.
    private var numbersBeforeMonth = 0
    private var time: (hour: Int, minute: Int, second: Int)?
    private var offset: Int?
    private var isAfternoon: Bool?

    static func parse(_ bytes: Bytes) -> MailDate? {
        var parser = DateParser(bytes: bytes.sub(0, 200))
        return parser.parse()
    }

    private init(bytes: Bytes) { self.bytes = bytes }

    private mutating func parse() -> MailDate? {
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 40 {
                at = StructuredText.skipComment(bytes, from: at)
            } else if byte.isDigit {
                guard readNumber() else { return nil }
            } else if byte.isLetter {
                readWord()
            } else if byte == 43 || byte == 45, time != nil, readZone() {
                continue
            } else {
                at += 1
            }
        }
        return date()
    }

    /// Reads a number or a time; false where it can be neither.
    private mutating func readNumber() -> Bool {
        let start = at
        let value = readDigits()
        let digits = at - start
        guard digits <= 14 else { return false }
        let next = at < bytes.count ? bytes[at] : 0
        let hasMore = at + 1 < bytes.count && bytes[at + 1].isDigit
        if time == nil, digits <= 2, hasMore, next == 58 || (next == 46 && (month != nil && numbers.count >= 2)) {
            at += 1
            let minute = readDigits()
            var second = 0
            if at + 1 < bytes.count, bytes[at] == next, bytes[at + 1].isDigit {
                at += 1
                second = readDigits()
                // A fraction of a second.
                if at + 1 < bytes.count, bytes[at] == 46, bytes[at + 1].isDigit {
                    at += 1
                    _ = readDigits()
                }
            }
            guard value <= 24, minute <= 59, second <= 61 else { return false }
            time = (value, minute, second)
            return true
        }
        numbers.append((value, digits))
        return numbers.count <= 6
    }

    private mutating func readDigits() -> Int {
        var value = 0
        while at < bytes.count, bytes[at].isDigit {
            if value < 1_000_000_000_000 { value = value * 10 + Int(bytes[at] - 48) }
            at += 1
        }
        return value
    }

    private mutating func readWord() {
        let start = at
        while at < bytes.count, bytes[at].isLetter { at += 1 }
        let word = bytes.sub(start, at)
        let name = word.lowercasedASCII
        if month == nil, word.count >= 3, let index = Self.months.firstIndex(of: String(name.prefix(3))) {
            // "Mar" is a month, "Market" is none: but "Sept" and full names are.
            month = index + 1
            numbersBeforeMonth = numbers.count
        } else if name == "am" || name == "pm" {
            isAfternoon = name == "pm"
        } else if time != nil, offset == nil, let hours = Self.zones[name] {
            offset = Int(hours * 60)
        }
    }

    /// Reads `+0300`, `-03:30`, `+3`; false where no digits follow the sign.
    private mutating func readZone() -> Bool {
        guard at + 1 < bytes.count, bytes[at + 1].isDigit else { return false }
        let sign = bytes[at] == 45 ? -1 : 1
        at += 1
        let start = at
        let value = readDigits()
        let digits = at - start
        var minutes: Int
        if at + 2 < bytes.count, bytes[at] == 58, bytes[at + 1].isDigit, bytes[at + 2].isDigit, digits <= 2 {
            at += 1
            minutes = value * 60 + readDigits()
        } else if digits <= 2 {
            minutes = value * 60
        } else {
            minutes = value / 100 % 100 * 60 + value % 100
        }
        if minutes > 24 * 60 { minutes = 0 }
        // "GMT+0300" and "+0300 GMT" both: the number tells more than the name.
        offset = sign * minutes
        return true
    }

    // MARK: Putting together

    private func date() -> MailDate? {
        guard let (year, month, day) = calendarDate(), (1...12).contains(month), (1...31).contains(day), year >= 0, year <= 9999 else {
            return nil
        }
        var (hour, minute, second) = time ?? (0, 0, 0)
        if let isAfternoon, hour <= 12 { hour = hour % 12 + (isAfternoon ? 12 : 0) }
        let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        let offset = offset ?? 0
        (hour, minute, second) = (0, 0, 0)
        return MailDate(secondsSince1970: civil.secondsSince1970 - Int64(offset) * 60, offsetMinutes: offset)
    }

    private func calendarDate() -> (year: Int, month: Int, day: Int)? {
        if let month {
            guard numbers.count >= 2 else { return nil }
            let (first, second) = (numbers[0], numbers[1])
            // `1994 Nov 6` is the exception, `6 Nov 1994` and `Nov 6 1994` the rule.
            if first.digits >= 3, first.value > 31 { return (Self.fullYear(first), month, second.value) }
            return (Self.fullYear(second), month, first.value)
        }
        if let only = numbers.first, only.digits == 8 || only.digits == 14 {
            let date = only.digits == 14 ? only.value / 1_000_000 : only.value
            return (date / 10_000, date / 100 % 100, date % 100)
        }
        guard numbers.count >= 3 else { return nil }
        let (a, b, c) = (numbers[0], numbers[1], numbers[2])
        if a.digits >= 3 { return (a.value, b.value, c.value) }
        if b.value > 12 { return (Self.fullYear(c), a.value, b.value) }
        return (Self.fullYear(c), b.value, a.value)
    }

    /// RFC 5322 section 4.3: two digits below 50 are of this century, three count from 1900.
    private static func fullYear(_ number: (value: Int, digits: Int)) -> Int {
        switch number.digits {
        case 1, 2: number.value < 50 ? 2000 + number.value : 1900 + number.value
        case 3: 1900 + number.value
        default: number.value
        }
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// Zones by name, in hours. A single letter is a military zone, which RFC 5322 reads as unknown.
    private static let zones: [String: Double] = [
        "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
        "pdt": -7,
        "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3, "brst": -2, "bst": 1, "west": 1,
        "cet": 1,
        "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "sast": 2, "msk": 3, "msd": 4, "jst": 9, "kst": 9,
        "sgt": 8,
        "hkt": 8, "awst": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "nzt": 12,
    ]
}
