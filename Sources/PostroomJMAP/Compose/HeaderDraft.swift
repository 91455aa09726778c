import MailMIME
import PostroomCore

/// Header fields as a client sets them: convenience properties and `header:` properties (RFC 8621 §4.6).
struct HeaderDraft {
    private(set) var writer = HeaderWriter()
    /// Lower-case names of the fields so far.
    private(set) var names: Set<String> = []
    private(set) var wrong: [String] = []
    /// Values that the rest of the message depends on.
    private(set) var from: [MailAddress] = []

    private static let addresses = [
        "from": "From", "sender": "Sender", "replyTo": "Reply-To", "to": "To", "cc": "Cc", "bcc": "Bcc",
    ]
    private static let ids = ["messageId": "Message-ID", "inReplyTo": "In-Reply-To", "references": "References"]

    /// The fields in the order that people are used to.
    static let order = [
        "sentAt", "from", "sender", "replyTo", "to", "cc", "bcc", "subject", "messageId", "inReplyTo", "references",
    ]

    /// True where `property` is a convenience property for a header field.
    static func knows(_ property: String) -> Bool { order.contains(property) }

    mutating func set(_ property: String, _ value: JSONValue) {
        guard !value.isNull else { return }
        if let name = Self.addresses[property] {
            guard let list = AddressJSON.parse(value), list.allSatisfy(Self.isSafe) else { return wrong.append(property) }
            guard claim(name, property), !list.isEmpty else { return }
            if property == "from" { from = list }
            writer.addresses(name, list)
        } else if let name = Self.ids[property] {
            guard let list = Self.messageIDs(value) else { return wrong.append(property) }
            if claim(name, property), !list.isEmpty { writer.messageIDs(name, list) }
        } else if property == "subject" {
            guard let text = value.string else { return wrong.append(property) }
            if claim("Subject", property) { writer.text("Subject", text) }
        } else if property == "sentAt" {
            guard let date = value.string.flatMap(DateText.mailDate) else { return wrong.append(property) }
            if claim("Date", property) { writer.raw("Date", " " + date.rfc5322) }
        }
    }

    /// A `header:Name:asForm:all` property.
    mutating func set(_ header: HeaderProperty, _ value: JSONValue) {
        guard !value.isNull else { return }
        guard claim(header.name, header.property) else { return }
        let values: [JSONValue]
        if header.all {
            guard let items = value.array else { return wrong.append(header.property) }
            values = items
        } else {
            values = [value]
        }
        for value in values where !write(header, value) { wrong.append(header.property) }
    }

    /// Writes a field that the server adds unless the client has given it.
    mutating func addUnlessGiven(_ name: String, _ write: (inout HeaderWriter) -> Void) {
        guard names.insert(name.lowercased()).inserted else { return }
        write(&writer)
    }

    /// Two properties may not stand for the same field.
    private mutating func claim(_ name: String, _ property: String) -> Bool {
        guard names.insert(name.lowercased()).inserted else {
            wrong.append(property)
            return false
        }
        return true
    }

    private mutating func write(_ header: HeaderProperty, _ value: JSONValue) -> Bool {
        switch header.form {
        case .raw:
            guard let text = value.string, Self.isFolded(text) else { return false }
            writer.raw(header.name, text)
        case .text:
            guard let text = value.string else { return false }
            writer.text(header.name, text)
        case .addresses:
            guard let list = AddressJSON.parse(value), list.allSatisfy(Self.isSafe) else { return false }
            if header.name.lowercased() == "from" { from = list }
            writer.addresses(header.name, list)
        case .groupedAddresses:
            guard let items = value.array else { return false }
            var groups: [AddressGroup] = []
            for item in items {
                guard let object = item.object, let list = object["addresses"].flatMap(AddressJSON.parse), list.allSatisfy(Self.isSafe),
                    let name = object["name"], name.isNull || name.string != nil
                else { return false }
                guard name.string != nil || !list.isEmpty else { continue }
                groups.append(AddressGroup(name: name.string, addresses: list))
            }
            writer.groups(header.name, groups)
        case .messageIDs:
            guard let list = Self.messageIDs(value) else { return false }
            writer.messageIDs(header.name, list)
        case .date:
            guard let date = value.string.flatMap(DateText.mailDate) else { return false }
            writer.raw(header.name, " " + date.rfc5322)
        case .urls:
            guard let list = Self.strings(value), list.allSatisfy({ !$0.contains(">") && !$0.contains("<") }) else { return false }
            writer.urls(header.name, list)
        }
        return true
    }

    private static func strings(_ value: JSONValue) -> [String]? {
        guard let items = value.array else { return nil }
        let texts = items.compactMap(\.string)
        return texts.count == items.count ? texts : nil
    }

    private static func messageIDs(_ value: JSONValue) -> [String]? {
        guard let texts = strings(value) else { return nil }
        let isFine = texts.allSatisfy { text in
            !text.isEmpty && !text.utf8.contains { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
        }
        return isFine ? texts : nil
    }

    /// An address that can't break out of its angle brackets. A draft's address may still be unfinished.
    private static func isSafe(_ address: MailAddress) -> Bool {
        !address.address.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
    }

    /// Line ends only where white space follows, so that the value stays one field.
    private static func isFolded(_ text: String) -> Bool {
        let units = Array(text.utf8)
        for (place, unit) in units.enumerated() {
            if unit == 0 { return false }
            if unit == 0x0D, place + 1 >= units.count || units[place + 1] != 0x0A { return false }
            if unit == 0x0A, place + 1 >= units.count || units[place + 1] != 0x20 && units[place + 1] != 0x09 { return false }
        }
        return true
    }
}

/// Date and UTCDate (RFC 8620 §1.4).
enum DateText {
    /// RFC 3339 with capital letters and no zero fraction.
    static func timestamp(_ text: String) -> Timestamp? {
        let units = Array(text.utf8)
        guard units.count >= 20, units[10] == UInt8(ascii: "T"), units.last != UInt8(ascii: "z") else { return nil }
        return Timestamp(rfc3339: text)
    }

    /// The same in UTC.
    static func utc(_ text: String) -> Timestamp? { text.utf8.last == UInt8(ascii: "Z") ? timestamp(text) : nil }

    static func mailDate(_ text: String) -> MailDate? {
        guard let time = timestamp(text) else { return nil }
        var offset = 0
        if text.utf8.last != UInt8(ascii: "Z") {
            let zone = text.suffix(6)
            guard let hours = Int(zone.dropFirst().prefix(2)), let minutes = Int(zone.suffix(2)) else { return nil }
            offset = (hours * 60 + minutes) * (zone.first == "-" ? -1 : 1)
        }
        return MailDate(secondsSince1970: time.seconds, offsetMinutes: offset)
    }
}
