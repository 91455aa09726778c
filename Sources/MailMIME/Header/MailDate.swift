/// A moment as a mail header tells it: the instant and the sender's offset from UTC.
public struct MailDate: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    public var secondsSince1970: Int64

    /// Minutes east of UTC.
    public var offsetMinutes: Int

    public init(secondsSince1970: Int64, offsetMinutes: Int = 0) {
        self.secondsSince1970 = secondsSince1970
        self.offsetMinutes = offsetMinutes
    }

    /// RFC 3339 in UTC: `2024-02-29T23:59:59Z`.
    public var utc: String {
        let civil = CivilTime(secondsSince1970: secondsSince1970)
        return "\(civil.date)T\(civil.time)Z"
    }

    /// RFC 3339 with the sender's offset: `2024-03-01T02:59:59+03:00`.
    public var withOffset: String {
        let civil = CivilTime(secondsSince1970: secondsSince1970 + Int64(offsetMinutes) * 60)
        let minutes = abs(offsetMinutes)
        return "\(civil.date)T\(civil.time)\(offsetMinutes < 0 ? "-" : "+")\(padded(minutes / 60)):\(padded(minutes % 60))"
    }

    /// RFC 5322 section 3.3: `Fri, 1 Mar 2024 02:59:59 +0300`.
    public var rfc5322: String {
        let civil = CivilTime(secondsSince1970: secondsSince1970 + Int64(offsetMinutes) * 60)
        let minutes = abs(offsetMinutes)
        let zone = (offsetMinutes < 0 ? "-" : "+") + padded(minutes / 60) + padded(minutes % 60)
        let day = CivilTime.weekdays[civil.weekday]
        return "\(day), \(civil.day) \(CivilTime.months[civil.month - 1]) \(padded(civil.year, 4)) \(civil.time) \(zone)"
    }
}

func padded(_ number: Int, _ width: Int = 2) -> String {
    let digits = String(number)
    return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}
