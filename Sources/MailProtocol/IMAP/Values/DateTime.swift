extension IMAP {
    /// A calendar day, as SEARCH compares it: without time and zone (RFC 9051, section 6.4.4).
    public struct Day: Sendable, Hashable, CustomStringConvertible {
        public let year: Int
        /// 1...12
        public let month: Int
        /// 1...31
        public let day: Int

        public init(year: Int, month: Int, day: Int) {
            self.year = year
            self.month = month
            self.day = day
        }

        /// The UTC day of an instant, in seconds since 1970.
        public init(epochSeconds: Int64) {
            let days = epochSeconds >= 0 ? epochSeconds / 86_400 : (epochSeconds - 86_399) / 86_400
            // Civil from days: eras of 400 years that begin on 1 March (Howard Hinnant's algorithm).
            let z = days + 719_468
            let era = (z >= 0 ? z : z - 146_096) / 146_097
            let dayOfEra = z - era * 146_097
            let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
            let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shifted = (5 * dayOfYear + 2) / 153
            day = Int(dayOfYear - (153 * shifted + 2) / 5 + 1)
            month = Int(shifted < 10 ? shifted + 3 : shifted - 9)
            year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        }

        /// Days since 1970-01-01.
        var daysSinceEpoch: Int64 {
            let y = Int64(month <= 2 ? year - 1 : year)
            let era = (y >= 0 ? y : y - 399) / 400
            let yearOfEra = y - era * 400
            let shifted = Int64(month > 2 ? month - 3 : month + 9)
            let dayOfYear = (153 * shifted + 2) / 5 + Int64(day) - 1
            let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            return era * 146_097 + dayOfEra - 719_468
        }

        static let monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

        /// `1-Feb-1994`
        public var description: String {
            let digits = String(year)
            return "\(day)-\(Self.monthNames[month - 1])-\(String(repeating: "0", count: Swift.max(0, 4 - digits.count)))\(digits)"
        }
    }

    /// Seconds since 1970 as INTERNALDATE writes them, in UTC: `" 1-Feb-1994 21:52:25 +0000"` without the quotes.
    public static func dateTime(epochSeconds: Int64) -> String {
        let day = Day(epochSeconds: epochSeconds)
        let second = epochSeconds - day.daysSinceEpoch * 86_400
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return (day.day < 10 ? " " : "") + "\(day) \(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60)) +0000"
    }
}
