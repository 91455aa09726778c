import Foundation
import MailMIME

/// A property `header:Name:asForm:all` (RFC 8621 §4.1.3).
struct HeaderProperty: Hashable {
    enum Form: String {
        case raw = "asRaw"
        case text = "asText"
        case addresses = "asAddresses"
        case groupedAddresses = "asGroupedAddresses"
        case messageIDs = "asMessageIds"
        case date = "asDate"
        case urls = "asURLs"
    }

    /// As the client wrote it: the answer carries it under this name.
    var property: String
    var name: String
    var form: Form
    var all: Bool

    /// nil where it is no header property; throws where the form does not fit the field.
    init?(_ property: String) throws {
        guard property.hasPrefix("header:") else { return nil }
        var parts = property.split(separator: ":", omittingEmptySubsequences: false).dropFirst()
        func wrong(_ reason: String) -> MethodError { .invalidArguments("\"\(property)\" is no header property: \(reason).") }
        self.property = property
        guard let name = parts.popFirst(), !name.isEmpty, name.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw wrong("a field's name is missing")
        }
        self.name = String(name)
        form = .raw
        all = false
        if let suffix = parts.first, suffix != "all" {
            guard let form = Form(rawValue: String(suffix)) else { throw wrong("there is no form \"\(suffix)\"") }
            self.form = form
            parts = parts.dropFirst()
        }
        if parts.first == "all" {
            all = true
            parts = parts.dropFirst()
        }
        guard parts.isEmpty else { throw wrong("too many parts") }
        guard Self.allows(form, for: self.name) else { throw wrong("\(self.name) can't be read \(form.rawValue)") }
    }

    private static let addressFields: Set<String> = [
        "from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-sender", "resent-reply-to", "resent-to", "resent-cc",
        "resent-bcc",
    ]
    private static let textFields: Set<String> = ["subject", "comments", "keywords", "list-id"]
    private static let idFields: Set<String> = ["message-id", "in-reply-to", "references", "resent-message-id"]
    private static let dateFields: Set<String> = ["date", "resent-date"]
    private static let urlFields: Set<String> = [
        "list-help", "list-unsubscribe", "list-subscribe", "list-post", "list-owner", "list-archive",
    ]
    private static let rawFields: Set<String> = ["return-path", "received"]

    /// The forms of RFC 8621 §4.1.2: fields that RFC 5322 and RFC 2369 define have their own, all others may be read in any.
    static func allows(_ form: Form, for name: String) -> Bool {
        let name = name.lowercased()
        let isKnown =
            addressFields.contains(name) || textFields.contains(name) || idFields.contains(name) || dateFields.contains(name)
            || urlFields.contains(name) || rawFields.contains(name)
        switch form {
        case .raw: return true
        case .text: return textFields.contains(name) || !isKnown
        case .addresses, .groupedAddresses: return addressFields.contains(name) || !isKnown
        case .messageIDs: return idFields.contains(name) || !isKnown
        case .date: return dateFields.contains(name) || !isKnown
        case .urls: return urlFields.contains(name) || !isKnown
        }
    }

    func write(_ headers: HeaderList, to json: inout JSONWriter) {
        json.key(property)
        if all {
            json.beginArray()
            for field in headers.all(name) { write(field, to: &json) }
            json.endArray()
        } else if let field = headers.last(name) {
            write(field, to: &json)
        } else {
            json.null()
        }
    }

    private func write(_ field: HeaderField, to json: inout JSONWriter) {
        switch form {
        case .raw: json.string(field.asRaw.withoutNUL)
        case .text: json.string(field.asText.asHeaderText)
        case .addresses: AddressJSON.write(field.asAddresses, to: &json)
        case .groupedAddresses:
            json.beginArray()
            for group in field.asGroupedAddresses {
                json.beginObject()
                json.member("name", group.name?.asHeaderText)
                json.key("addresses")
                AddressJSON.write(group.addresses, to: &json)
                json.endObject()
            }
            json.endArray()
        case .messageIDs: Self.write(field.asMessageIDs, to: &json)
        case .date: json.string(field.asDate.map(AddressJSON.date))
        case .urls: Self.write(field.asURLs, to: &json)
        }
    }

    private static func write(_ texts: [String]?, to json: inout JSONWriter) {
        guard let texts else { return json.null() }
        json.beginArray()
        for text in texts { json.string(text) }
        json.endArray()
    }
}

extension String {
    /// RFC 8621 §4.1.2.1: NUL octets are dropped.
    var withoutNUL: String {
        var text = self
        return text.withUTF8 { $0.contains(0) } ? String(unicodeScalars.filter { $0.value != 0 }) : self
    }
}

extension String {
    /// RFC 8621 §4.1.2.2: without the control characters that encoded words may hold, in Normalization Form C.
    var asHeaderText: String {
        var text = self
        if text.withUTF8({ $0.allSatisfy { $0 >= 0x20 && $0 < 0x7F } }) { return self }
        let isLegal = { (scalar: Unicode.Scalar) in scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) || scalar == "\t" }
        if !unicodeScalars.allSatisfy(isLegal) {
            text = ""
            text.unicodeScalars.append(contentsOf: unicodeScalars.filter(isLegal))
        }
        // Each is in the form already and composes with nothing: Latin and Cyrillic letters, which is most of all headers.
        let isPlain = { (scalar: Unicode.Scalar) in
            scalar.value < 0x300 || (0x400...0x482).contains(scalar.value) || (0x48A...0x52F).contains(scalar.value)
        }
        return text.unicodeScalars.allSatisfy(isPlain) ? text : text.precomposedStringWithCanonicalMapping
    }
}

/// EmailAddress objects and dates (RFC 8621 §4.1.2.3, RFC 8620 §1.4).
enum AddressJSON {
    static func write(_ addresses: [MailAddress], to json: inout JSONWriter) {
        json.beginArray()
        for address in addresses {
            json.beginObject()
            json.member("name", address.name?.asHeaderText)
            json.member("email", address.address.withoutNUL)
            json.endObject()
        }
        json.endArray()
    }

    /// With the writer's own offset; UTC as "Z".
    static func date(_ date: MailDate) -> String { date.offsetMinutes == 0 ? date.utc : date.withOffset }

    /// nil where it is no array of EmailAddress objects.
    static func parse(_ value: JSONValue) -> [MailAddress]? {
        guard let items = value.array else { return nil }
        var addresses: [MailAddress] = []
        for item in items {
            guard let object = item.object, let email = object["email"]?.string,
                object.entries.allSatisfy({ $0.key == "email" || $0.key == "name" })
            else { return nil }
            let name = object["name"] ?? .null
            guard name.isNull || name.string != nil else { return nil }
            addresses.append(MailAddress(name: name.string, address: email))
        }
        return addresses
    }
}
