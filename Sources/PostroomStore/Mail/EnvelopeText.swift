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

    /// Every row of a list is read by this: one pass over the bytes, and strings for what is there alone.
    static func decode(_ text: String, into content: inout EmailContent) {
        var text = text
        text.withUTF8 { bytes in
            var fields: [Slice<UnsafeBufferPointer<UInt8>>] = []
            fields.reserveCapacity(8)
            forEachPiece(of: bytes[...], by: fieldEnd) { fields.append($0) }
            guard fields.count == 8 else { return }
            content.from = addresses(fields[0])
            content.sender = addresses(fields[1])
            content.to = addresses(fields[2])
            content.cc = addresses(fields[3])
            content.bcc = addresses(fields[4])
            content.replyTo = addresses(fields[5])
            content.inReplyTo = values(fields[6])
            content.references = values(fields[7])
        }
    }

    @inline(__always)
    private static func forEachPiece(
        of bytes: Slice<UnsafeBufferPointer<UInt8>>, by separator: UInt8, _ body: (Slice<UnsafeBufferPointer<UInt8>>) -> Void
    ) {
        var start = bytes.startIndex
        for index in bytes.indices where bytes.base[index] == separator {
            body(bytes[start..<index])
            start = index + 1
        }
        body(bytes[start...])
    }

    private static func string(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes), as: UTF8.self)
    }

    private static func values(_ field: Slice<UnsafeBufferPointer<UInt8>>) -> [String] {
        var values: [String] = []
        guard !field.isEmpty else { return values }
        forEachPiece(of: field, by: valueEnd) { if !$0.isEmpty { values.append(string($0)) } }
        return values
    }

    /// A list of addresses alone.
    static func encode(_ list: [MailAddress]) -> String {
        var text: [UInt8] = []
        append(list, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    static func addresses(_ text: String) -> [MailAddress] {
        var text = text
        return text.withUTF8 { addresses($0[...]) }
    }

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

    private static func addresses(_ field: Slice<UnsafeBufferPointer<UInt8>>) -> [MailAddress] {
        var list: [MailAddress] = []
        guard !field.isEmpty else { return list }
        forEachPiece(of: field, by: valueEnd) { value in
            guard let index = value.firstIndex(of: nameEnd) else { return list.append(MailAddress(address: string(value))) }
            list.append(MailAddress(name: string(value[..<index]), address: string(value[(index + 1)...])))
        }
        return list
    }
}
