/// Charsets of one byte a character that iconv does not decode as WHATWG wants.
enum SingleByte {
    /// 0x80-0x9F of windows-1252; the five bytes without a character stand for themselves.
    private static let high: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
        0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ]

    static func decodeWindows1252(_ bytes: Bytes) -> DecodedText {
        if bytes.isASCII { return DecodedText(text: bytes.string, isEncodingProblem: false) }
        return decode(bytes) { $0 < 0xA0 ? UInt32(high[Int($0) - 0x80]) : UInt32($0) }
    }

    static func decodeUserDefined(_ bytes: Bytes) -> DecodedText { decode(bytes) { 0xF700 + UInt32($0) } }

    private static func decode(_ bytes: Bytes, _ scalar: (UInt8) -> UInt32) -> DecodedText {
        let text = String(unsafeUninitializedCapacity: bytes.count * 3) { output in
            var at = 0
            for byte in bytes {
                guard byte >= 0x80 else {
                    output[at] = byte
                    at += 1
                    continue
                }
                let value = scalar(byte)
                if value < 0x800 {
                    output[at] = UInt8(0xC0 | value >> 6)
                    at += 1
                } else {
                    output[at] = UInt8(0xE0 | value >> 12)
                    output[at + 1] = UInt8(0x80 | value >> 6 & 0x3F)
                    at += 2
                }
                output[at] = UInt8(0x80 | value & 0x3F)
                at += 1
            }
            return at
        }
        return DecodedText(text: text, isEncodingProblem: false)
    }
}
