/// Writes parameters of Content-Type and Content-Disposition.
enum ParameterWriter {
    /// The parameter in pieces between which a line may be folded.
    static func pieces(_ name: String, _ value: String, encoding: MessageBuilder.HeaderEncoding) -> [String] {
        let isASCII = value.utf8.allSatisfy { $0 >= 32 && $0 < 127 }
        if isASCII, value.utf8.count <= 60, !value.contains("=?") { return ["\(name)=\(quotedIfNeeded(value))"] }
        if !isASCII, encoding == .utf8, value.utf8.count <= 200 { return ["\(name)=\(quoted(value))"] }
        // Content-Type's name is what older readers look at, and they know encoded words only.
        if name == "name" {
            let words = EncodedWordWriter.words(value, encoding: .encodedWords, inPhrase: true, firstColumn: 8)
            return isASCII ? sections(name, value) : ["\(name)=\"\(words.joined(separator: "\r\n "))\""]
        }
        return sections(name, value)
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isToken = !value.isEmpty && value.utf8.allSatisfy { $0.isLetter || $0.isDigit || "!#$&+-.^_`{|}~".utf8.contains($0) }
        return isToken ? value : quoted(value)
    }

    private static func quoted(_ value: String) -> String {
        "\"" + value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }

    /// RFC 2231: `name*=utf-8''...`, or `name*0*=...; name*1*=...` where it does not fit on a line.
    private static func sections(_ name: String, _ value: String) -> [String] {
        var units: [String] = []
        for byte in value.utf8 {
            let isPlain = byte.isLetter || byte.isDigit || "!#$&+-.^_`{|}~".utf8.contains(byte)
            let escaped: [UInt8] = [37, DerivedEntity.hex(byte >> 4), DerivedEntity.hex(byte & 15)]
            units.append(String(decoding: isPlain ? [byte] : escaped, as: UTF8.self))
        }
        let room = 76 - name.utf8.count - 8
        let whole = "\(name)*=utf-8''" + units.joined()
        if whole.utf8.count <= 76 { return [whole] }
        var pieces: [String] = []
        var line = "utf-8''"
        for unit in units {
            if line.utf8.count + unit.utf8.count > room {
                pieces.append("\(name)*\(pieces.count)*=\(line)")
                line = ""
            }
            line += unit
        }
        pieces.append("\(name)*\(pieces.count)*=\(line)")
        return pieces
    }
}
