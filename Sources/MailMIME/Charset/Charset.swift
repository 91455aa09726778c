/// Character encodings by the names that mail uses: the labels of the WHATWG Encoding Standard and those that only mail has.
public enum Charset {
    /// How a label is decoded.
    enum Decoder: Sendable {
        case utf8
        case windows1252
        case iso2022jp
        case hz
        /// By iconv, under this name.
        case iconv(String)
        /// Every byte above 127 becomes U+F780 and up (WHATWG x-user-defined).
        case userDefined
    }

    /// Decodes bytes; never fails. What does not fit becomes U+FFFD.
    ///
    /// - Parameters:
    ///   - label: the name as a message gives it; empty or nil: none was given, the charset is guessed.
    public static func decode(_ bytes: [UInt8], label: String?) -> DecodedText {
        bytes.withUnsafeBufferPointer { decode($0, label: label, guessing: false) }
    }

    /// - Parameter guessing: guess where the label is unknown or says ASCII or UTF-8 and the bytes are neither.
    static func decode(_ bytes: [UInt8], label: String?, guessing: Bool) -> DecodedText {
        bytes.withUnsafeBufferPointer { decode($0, label: label, guessing: guessing) }
    }

    static func decode(_ bytes: Bytes, label: String?, guessing: Bool) -> DecodedText {
        let label = label.map(normalized) ?? ""
        guard !label.isEmpty else { return decodeUnlabelled(bytes) }
        // ASCII that claims to be an ASCII-compatible charset is itself, whatever the charset.
        if let decoder = CharsetLabels.decoder(for: label) {
            if guessing, isASCIIName(label), !bytes.isASCII {
                let guess = CharsetGuess.guess(bytes)
                return DecodedText(
                    text: decode(bytes, with: CharsetLabels.decoder(for: guess) ?? .windows1252).text, isEncodingProblem: true)
            }
            let decoded = decode(bytes, with: decoder)
            guard guessing, decoded.isEncodingProblem, case .utf8 = decoder, !isMostlyUTF8(bytes) else { return decoded }
            let guess = CharsetGuess.guess(bytes)
            return DecodedText(text: decode(bytes, with: CharsetLabels.decoder(for: guess) ?? .windows1252).text, isEncodingProblem: true)
        }
        let decoded = decodeUnlabelled(bytes)
        return DecodedText(text: decoded.text, isEncodingProblem: true)
    }

    /// Whether the name is known, so that its text can be decoded.
    public static func isKnown(_ label: String) -> Bool { CharsetLabels.decoder(for: normalized(label)) != nil }

    private static func isASCIIName(_ label: String) -> Bool { label == "us-ascii" || label == "ascii" || label == "ansi_x3.4-1968" }

    /// True where most sequences above 127 are right UTF-8: then it is UTF-8 with damage, and no other charset.
    private static func isMostlyUTF8(_ bytes: Bytes) -> Bool {
        var good = 0
        var bad = 0
        var at = 0
        while at < bytes.count {
            let lead = bytes[at]
            guard lead >= 0x80 else {
                at += 1
                continue
            }
            let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1
            var isGood = length > 1 && at + length <= bytes.count
            if isGood {
                for follower in 1..<length where bytes[at + follower] & 0xC0 != 0x80 { isGood = false }
            }
            if isGood { good += 1 } else { bad += 1 }
            at += isGood ? length : 1
        }
        return good > bad
    }

    private static func decodeUnlabelled(_ bytes: Bytes) -> DecodedText {
        if bytes.isASCII, bytes.find(27, from: 0, to: bytes.count) == nil {
            return DecodedText(text: bytes.string, isEncodingProblem: false)
        }
        let guess = CharsetGuess.guess(bytes)
        let decoded = decode(bytes, with: CharsetLabels.decoder(for: guess) ?? .windows1252)
        return DecodedText(text: decoded.text, isEncodingProblem: decoded.isEncodingProblem || (guess != "utf-8" && guess != "iso-2022-jp"))
    }

    static func decode(_ bytes: Bytes, with decoder: Decoder) -> DecodedText {
        switch decoder {
        case .utf8:
            var bytes = bytes
            if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { bytes = bytes.sub(3, bytes.count) }
            if let text = String(validating: bytes, as: UTF8.self) { return DecodedText(text: text, isEncodingProblem: false) }
            return DecodedText(text: bytes.string, isEncodingProblem: true)
        case .windows1252: return SingleByte.decodeWindows1252(bytes)
        case .userDefined: return SingleByte.decodeUserDefined(bytes)
        case .iso2022jp: return ISO2022JP.decode(bytes)
        case .hz: return HZ.decode(bytes)
        case .iconv(let name): return Iconv.decode(bytes, from: name)
        }
    }

    /// Lower case, without the quotes and spaces that come with broken parameters.
    static func normalized(_ label: String) -> String {
        label.withBytes { bytes in
            var name = bytes.trimmed
            while let first = name.first, first == 34 || first == 39 || first.isSpace { name = name.sub(1, name.count) }
            while let last = name.last, last == 34 || last == 39 || last.isSpace || last == 59 { name = name.sub(0, name.count - 1) }
            return name.lowercasedASCII
        }
    }
}
