/// ISO-2022-JP with what mail adds to it: NEC and IBM rows, half-width kana, JIS X 0212 (CP50221).
///
/// glibc has no decoder that takes all of these, so the escapes are undone here and EUC-JP-MS does the rest.
enum ISO2022JP {
    private enum Mode { case ascii, kana, kanji, supplement }

    static func decode(_ bytes: Bytes) -> DecodedText {
        if bytes.find(27, from: 0, to: bytes.count) == nil, !bytes.isASCII {
            // Raw 8-bit text under this name is EUC-JP or Shift_JIS.
            let guess = CharsetGuess.guess(bytes)
            let decoder: Charset.Decoder = guess == "shift_jis" ? .iconv("CP932") : .iconv("EUC-JP-MS")
            return DecodedText(text: Charset.decode(bytes, with: decoder).text, isEncodingProblem: true)
        }
        var euc: [UInt8] = []
        euc.reserveCapacity(bytes.count + 16)
        var mode = Mode.ascii
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 27, let (next, length) = escape(bytes, at) {
                mode = next
                at += length
                continue
            }
            // Shift-out and shift-in: half-width kana in the seven-bit form.
            if byte == 14 || byte == 15 {
                mode = byte == 14 ? .kana : .ascii
                at += 1
                continue
            }
            switch mode {
            case .kana where byte > 32 && byte < 0x60: euc += [0x8E, byte | 0x80]
            case .kanji where byte > 32 && byte < 0x7F && at + 1 < bytes.count && bytes[at + 1] > 32:
                euc += [byte | 0x80, bytes[at + 1] | 0x80]
                at += 1
            case .supplement where byte > 32 && byte < 0x7F && at + 1 < bytes.count && bytes[at + 1] > 32:
                euc += [0x8F, byte | 0x80, bytes[at + 1] | 0x80]
                at += 1
            default:
                // A line end returns to ASCII, as the standard asks writers to do.
                if byte.isLineEnd { mode = .ascii }
                euc.append(byte)
            }
            at += 1
        }
        return euc.withUnsafeBufferPointer { Iconv.decode($0, from: "EUC-JP-MS") }
    }

    private static func escape(_ bytes: Bytes, _ at: Int) -> (Mode, Int)? {
        guard at + 2 < bytes.count else { return nil }
        switch (bytes[at + 1], bytes[at + 2]) {
        case (0x28, 0x42), (0x28, 0x4A), (0x28, 0x48): return (.ascii, 3)
        case (0x28, 0x49): return (.kana, 3)
        case (0x24, 0x40), (0x24, 0x42): return (.kanji, 3)
        case (0x24, 0x28) where at + 3 < bytes.count && bytes[at + 3] == 0x44: return (.supplement, 4)
        case (0x24, 0x28) where at + 3 < bytes.count && (bytes[at + 3] == 0x40 || bytes[at + 3] == 0x42): return (.kanji, 4)
        default: return nil
        }
    }
}

/// HZ (RFC 1843): GB 2312 between `~{` and `~}`.
enum HZ {
    static func decode(_ bytes: Bytes) -> DecodedText {
        var gb: [UInt8] = []
        gb.reserveCapacity(bytes.count)
        var isChinese = false
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x7E, at + 1 < bytes.count {
                let next = bytes[at + 1]
                at += 2
                switch next {
                case 0x7B: isChinese = true
                case 0x7D: isChinese = false
                case 0x7E: gb.append(0x7E)
                case 10: break
                case 13: if at < bytes.count, bytes[at] == 10 { at += 1 }
                default: gb += [byte, next]
                }
                continue
            }
            if byte == 10 { isChinese = false }
            gb.append(isChinese && byte > 32 && byte < 0x7F ? byte | 0x80 : byte)
            at += 1
        }
        return gb.withUnsafeBufferPointer { Iconv.decode($0, from: "GB18030") }
    }
}
