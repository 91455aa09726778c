import MailMIME
import PostroomCore

/// Addresses and references of a message in one text column.
///
/// Control characters separate, since header values can't hold them: fields by U+001D, values by U+001E, a name from its address
/// by U+001F. Reading and writing this is several times faster than JSON, and a first synchronisation writes a lot of it.
enum EnvelopeText {
    private static let fieldEnd: UInt8 = 0x1D
    private static let valueEnd: UInt8 = 0x1E
    private static let nameEnd: UInt8 = 0x1F

    static func encode(_ content: EmailContent) -> String {
        var text: [UInt8] = []
        for list in [content.from, content.sender, content.to, content.cc, content.bcc, content.replyTo] {
            append(list, to: &text)
            text.append(fieldEnd)
        }
        append(content.inReplyTo, to: &text)
        text.append(fieldEnd)
        append(content.references, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String, into content: inout EmailContent) {
        let fields = text.utf8.split(separator: fieldEnd, omittingEmptySubsequences: false)
        guard fields.count == 8 else { return }
        content.from = addresses(fields[0])
        content.sender = addresses(fields[1])
        content.to = addresses(fields[2])
        content.cc = addresses(fields[3])
        content.bcc = addresses(fields[4])
        content.replyTo = addresses(fields[5])
        content.inReplyTo = fields[6].split(separator: valueEnd).map { String(Substring($0)) }
        content.references = fields[7].split(separator: valueEnd).map { String(Substring($0)) }
    }

    /// A list of addresses alone.
    static func encode(_ list: [MailAddress]) -> String {
        var text: [UInt8] = []
        append(list, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    static func addresses(_ text: String) -> [MailAddress] { addresses(text.utf8[...]) }

    private static func append(_ list: [MailAddress], to text: inout [UInt8]) {
        for (index, address) in list.enumerated() {
            if index > 0 { text.append(valueEnd) }
            if let name = address.name {
                append(name, to: &text)
                text.append(nameEnd)
            }
            append(address.address, to: &text)
        }
    }

    private static func append(_ list: [String], to text: inout [UInt8]) {
        for (index, value) in list.enumerated() {
            if index > 0 { text.append(valueEnd) }
            append(value, to: &text)
        }
    }

    private static func append(_ value: String, to text: inout [UInt8]) {
        for byte in value.utf8 { text.append(byte >= fieldEnd && byte <= nameEnd || byte == 0 ? 0x20 : byte) }
    }

    private static func addresses(_ field: Substring.UTF8View) -> [MailAddress] {
        guard !field.isEmpty else { return [] }
        return field.split(separator: valueEnd, omittingEmptySubsequences: false).map { value in
            guard let index = value.firstIndex(of: nameEnd) else { return MailAddress(address: String(Substring(value))) }
            return MailAddress(
                name: String(Substring(value[..<index])), address: String(Substring(value[value.index(after: index)...])))
        }
    }
}
