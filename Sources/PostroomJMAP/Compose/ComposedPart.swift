/// A body part to be written: its fields and its content or its parts.
struct ComposedPart {
    enum Content {
        case text(String)
        case bytes([UInt8])
        case parts([ComposedPart])
    }

    var type: String
    var content: Content
    var charset: String?
    var name: String?
    var disposition: String?
    var contentID: String?
    var language: [String] = []
    var location: String?
    /// Fields of the client's own, written already.
    var fields: [UInt8] = []
    /// Lower-case names of the fields that the client gives itself.
    var ownFields: Set<String> = []

    init(type: String, content: Content) {
        self.type = type
        self.content = content
    }

    /// Header fields, the empty line, and the content, all with CRLF.
    func write(into message: inout [UInt8]) {
        var header = HeaderWriter()
        switch content {
        case .parts(let parts):
            let boundary = "=_" + Random.token(24)
            header.raw("Content-Type", parameters(type, [("boundary", boundary)]))
            writeCommon(&header)
            message += header.bytes + fields
            for part in parts {
                message += "\r\n--\(boundary)\r\n".utf8
                part.write(into: &message)
            }
            message += "\r\n--\(boundary)--\r\n".utf8
        case .text(let text):
            let (encoding, bytes) = TextEncoder.encode(text)
            writeLeaf(&header, encoding: encoding, charset: "utf-8")
            message += header.bytes + fields + [0x0D, 0x0A] + bytes
        case .bytes(let bytes):
            // RFC 2046 §5.2.1: an embedded message may not be encoded.
            let isMessage = type.hasPrefix("message/rfc822") || type.hasPrefix("message/global")
            writeLeaf(&header, encoding: isMessage ? (bytes.contains { $0 >= 0x80 } ? "8bit" : "7bit") : "base64", charset: charset)
            message += header.bytes + fields + [0x0D, 0x0A]
            message += isMessage ? TextEncoder.crlf(bytes) : Base64.encode(bytes, lineLength: 76) + [0x0D, 0x0A]
        }
    }

    private func writeLeaf(_ header: inout HeaderWriter, encoding: String, charset: String?) {
        if !ownFields.contains("content-type") {
            var list: [(String, String)] = []
            if let charset, type.hasPrefix("text/") { list.append(("charset", charset)) }
            if let name { list.append(("name", name)) }
            header.raw("Content-Type", parameters(type, list))
        }
        header.raw("Content-Transfer-Encoding", encoding)
        writeCommon(&header)
    }

    private func writeCommon(_ header: inout HeaderWriter) {
        if !ownFields.contains("content-disposition"), disposition != nil || name != nil {
            header.raw("Content-Disposition", parameters(disposition ?? "attachment", name.map { [("filename", $0)] } ?? []))
        }
        if let contentID { header.messageIDs("Content-ID", [contentID]) }
        if !language.isEmpty { header.text("Content-Language", language.joined(separator: ", ")) }
        if let location { header.text("Content-Location", location) }
    }

    /// `value; name=value`, a line each, RFC 2231 where a value is not ASCII.
    private func parameters(_ value: String, _ list: [(String, String)]) -> String {
        list.reduce(value) { text, parameter in
            let name = parameter.0
            let value = HeaderWriter.oneLine(parameter.1)
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), value.utf8.count <= 60 else {
                return text + Self.extended(name, value)
            }
            return text + ";\r\n " + name + "=\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
    }

    /// RFC 2231 §3, §4: percent-encoded UTF-8, in sections that fit a line.
    private static func extended(_ name: String, _ value: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var sections: [String] = []
        var section = ""
        for scalar in value.unicodeScalars {
            var piece = ""
            for unit in String(scalar).utf8 {
                switch unit {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    piece.append(Character(Unicode.Scalar(unit)))
                default:
                    piece += "%" + String(digits[Int(unit >> 4)]) + String(digits[Int(unit & 15)])
                }
            }
            if section.count + piece.count > 54 {
                sections.append(section)
                section = ""
            }
            section += piece
        }
        sections.append(section)
        if sections.count == 1 { return ";\r\n \(name)*=utf-8''\(sections[0])" }
        return sections.enumerated().map { ";\r\n \(name)*\($0)*=" + ($0 == 0 ? "utf-8''" : "") + $1 }.joined()
    }
}

/// Names nobody can foresee.
enum Random {
    private static let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")

    static func token(_ length: Int) -> String { String((0..<length).map { _ in letters[Int.random(in: 0..<letters.count)] }) }
}
