/// The charset of text that names none, from its bytes.
///
/// UTF-8 and the escape-based charsets are certain; multi-byte charsets are told by their grammar and by how common the
/// characters are; single-byte ones by where a script has its small letters.
enum CharsetGuess {
    /// Bytes that are looked at.
    private static let sample = 16_384

    /// For a header: the message's own charset where it fits, else a guess.
    static func header(_ bytes: Bytes, context: TextContext) -> String {
        if isUTF8(bytes) { return "utf-8" }
        if let charset = context.charset {
            let label = Charset.normalized(charset)
            if label != "us-ascii", label != "utf-8", let decoder = CharsetLabels.decoder(for: label),
                !Charset.decode(bytes, with: decoder).isEncodingProblem
            {
                return label
            }
        }
        return guess(bytes)
    }

    /// A label of ``CharsetLabels``; windows-1252 where nothing speaks for anything else.
    static func guess(_ whole: Bytes) -> String {
        let bytes = whole.sub(0, sample)
        if let unicode = unicode(bytes) { return unicode }
        if let escape = escaped(bytes) { return escape }
        if isUTF8(bytes) { return "utf-8" }
        let multi = multiByte(bytes)
        let single = singleByte(bytes)
        return multi.score > single.score ? multi.label : single.label
    }

    static func isUTF8(_ bytes: Bytes) -> Bool {
        if bytes.isASCII { return true }
        // A sample may end inside a character.
        var end = bytes.count
        if end == sample {
            while end > 0, bytes[end - 1] & 0xC0 == 0x80 { end -= 1 }
            end -= end > 0 && bytes[end - 1] >= 0xC0 ? 1 : 0
        }
        return String(validating: bytes.sub(0, end), as: UTF8.self) != nil
    }

    private static func unicode(_ bytes: Bytes) -> String? {
        guard bytes.count >= 2 else { return nil }
        if bytes[0] == 0xFF, bytes[1] == 0xFE { return "utf-16" }
        if bytes[0] == 0xFE, bytes[1] == 0xFF { return "utf-16" }
        return nil
    }

    private static func escaped(_ bytes: Bytes) -> String? {
        guard bytes.isASCII else { return nil }
        if bytes.find(27, from: 0, to: bytes.count) != nil {
            for sequence: StaticString in ["\u{1B}$B", "\u{1B}$@", "\u{1B}(J", "\u{1B}(I"] where bytes.find(sequence, from: 0) != nil {
                return "iso-2022-jp"
            }
            if bytes.find("\u{1B}$)C", from: 0) != nil { return "iso-2022-kr" }
            if bytes.find("\u{1B}$)A", from: 0) != nil || bytes.find("\u{1B}$)G", from: 0) != nil { return "iso-2022-cn" }
        }
        return nil
    }

    // MARK: Multi-byte

    private struct Verdict {
        var label: String
        /// About 0 (nothing) to 1 (every character is a common one).
        var score: Double
    }

    private static func multiByte(_ bytes: Bytes) -> Verdict {
        var best = Verdict(label: "", score: 0)
        for (label, score) in [
            ("shift_jis", shiftJIS(bytes)), ("euc-jp", eucJP(bytes)), ("gb18030", doubleByte(bytes, common: 0xB0...0xD7, trail: 0xA1)),
            ("euc-kr", doubleByte(bytes, common: 0xB0...0xC8, trail: 0xA1)), ("big5", big5(bytes)),
        ] where score > best.score {
            best = Verdict(label: label, score: score)
        }
        return best
    }

    /// EUC-shaped text (GB 2312, KS C 5601): pairs of bytes above 0xA0, by the share that lies in the rows of common characters.
    private static func doubleByte(_ bytes: Bytes, common: ClosedRange<UInt8>, trail: UInt8) -> Double {
        var pairs = 0.0
        var hits = 0.0
        var at = 0
        while at < bytes.count {
            guard bytes[at] >= 0x80 else {
                at += 1
                continue
            }
            guard bytes[at] >= 0xA1, bytes[at] < 0xFF, at + 1 < bytes.count, bytes[at + 1] >= trail, bytes[at + 1] < 0xFF else {
                return at + 1 >= bytes.count && bytes.count == sample ? hits / max(pairs, 1) : 0
            }
            pairs += 1
            if common.contains(bytes[at]) { hits += 1 } else if bytes[at] == 0xA1 || bytes[at] == 0xA3 { hits += 0.7 }
            at += 2
        }
        guard pairs > 0 else { return 0 }
        // The Hangul rows lie inside the rows of Chinese: the narrower range is the stronger word.
        let score = hits / pairs
        return common.upperBound == 0xC8 ? (score > 0.97 ? score : score * 0.8) : score * 0.96
    }

    private static func eucJP(_ bytes: Bytes) -> Double {
        var pairs = 0.0
        var kana = 0.0
        var kanji = 0.0
        var at = 0
        while at < bytes.count {
            let lead = bytes[at]
            guard lead >= 0x80 else {
                at += 1
                continue
            }
            guard at + 1 < bytes.count, bytes[at + 1] >= 0xA1 else { return 0 }
            pairs += 1
            if lead == 0xA4 || lead == 0xA5 {
                kana += 1
            } else if lead >= 0xB0, lead <= 0xCF {
                kanji += 1
            } else if lead == 0x8E {
                kana += 0.3
            } else if lead == 0xA1 {
                kanji += 0.7
            }
            guard lead == 0x8E || lead >= 0xA1 else { return 0 }
            at += 2
        }
        // Japanese without kana is hardly longer than a name.
        guard pairs > 0, kana > 0 else { return 0 }
        return min(1, (kana * 1.3 + kanji) / pairs)
    }

    private static func shiftJIS(_ bytes: Bytes) -> Double {
        var characters = 0.0
        var good = 0.0
        var kana = 0.0
        var at = 0
        while at < bytes.count {
            let lead = bytes[at]
            if lead < 0x80 {
                at += 1
                continue
            }
            characters += 1
            if lead >= 0xA1, lead <= 0xDF {
                good += 0.2
                at += 1
                continue
            }
            guard (0x81...0x9F).contains(lead) || (0xE0...0xFC).contains(lead), at + 1 < bytes.count else { return 0 }
            let trail = bytes[at + 1]
            guard trail >= 0x40, trail != 0x7F, trail <= 0xFC else { return 0 }
            if lead == 0x82 || lead == 0x83 {
                kana += 1
            } else if (0x88...0x97).contains(lead) {
                good += 1
            } else if lead == 0x81 {
                good += 0.7
            }
            at += 2
        }
        guard characters > 0, kana > 0 || good / characters > 0.9 else { return 0 }
        return min(1, (kana * 1.3 + good) / characters)
    }

    private static func big5(_ bytes: Bytes) -> Double {
        var pairs = 0.0
        var hits = 0.0
        var low = 0.0
        var at = 0
        while at < bytes.count {
            let lead = bytes[at]
            guard lead >= 0x80 else {
                at += 1
                continue
            }
            guard lead >= 0xA1, lead <= 0xF9, at + 1 < bytes.count else { return 0 }
            let trail = bytes[at + 1]
            guard (0x40...0x7E).contains(trail) || (0xA1...0xFE).contains(trail) else { return 0 }
            pairs += 1
            if (0xA4...0xC6).contains(lead) { hits += 1 } else if lead == 0xA1 { hits += 0.7 }
            if trail < 0x80 { low += 1 }
            at += 2
        }
        // Trail bytes below 0x80 are what tells Big5 from the EUC family.
        guard pairs > 0, low > 0 else { return 0 }
        return hits / pairs
    }

    // MARK: Single-byte

    private static func singleByte(_ bytes: Bytes) -> Verdict {
        var counts = [Double](repeating: 0, count: 256)
        var high = 0.0
        /// Bytes in runs of two and more above 127: words of another script, where Latin has single letters.
        var inRuns = 0.0
        /// Bytes that touch an ASCII letter: letters of a Latin word.
        var touching = 0.0
        for (at, byte) in bytes.enumerated() {
            guard byte >= 0x80 else {
                continue
            }
            counts[Int(byte)] += 1
            high += 1
            let (before, after) = (at > 0 ? bytes[at - 1] : 32, at + 1 < bytes.count ? bytes[at + 1] : 32)
            if before >= 0x80 || after >= 0x80 { inRuns += 1 }
            if before.isLetter || after.isLetter { touching += 1 }
        }
        guard high > 0 else { return Verdict(label: "windows-1252", score: 0.1) }
        func share(_ range: ClosedRange<Int>) -> Double { counts[range].reduce(0, +) / high }
        let runs = inRuns / high
        guard runs > 0.3, touching / high < 0.35 else { return latin(counts, high: high) }
        var best = latin(counts, high: high)
        best.score = min(best.score, 0.5)
        for candidate in Self.candidates {
            // Every byte must be one that text of the charset has; small letters must be the rule.
            var score = 0.0
            for (range, weight) in candidate.weights { score += share(range) * weight }
            if let (small, capital) = Self.cases[candidate.label] {
                score -= 0.8 * Double(capitalsInside(bytes, small: small, capital: capital)) / high
            }
            if score * runsWeight(runs) > best.score { best = Verdict(label: candidate.label, score: score * runsWeight(runs)) }
        }
        return best
    }

    /// Where the bicameral scripts have their letters.
    private static let cases: [String: (small: ClosedRange<UInt8>, capital: ClosedRange<UInt8>)] = [
        "windows-1251": (0xE0...0xFF, 0xC0...0xDF), "koi8-r": (0xC0...0xDF, 0xE0...0xFF), "iso-8859-5": (0xD0...0xEF, 0xB0...0xCF),
        "windows-1253": (0xE1...0xFE, 0xC1...0xD9),
    ]

    /// Capitals that follow a small letter: hardly any in text that is read with its own charset.
    private static func capitalsInside(_ bytes: Bytes, small: ClosedRange<UInt8>, capital: ClosedRange<UInt8>) -> Int {
        var count = 0
        var at = 1
        while at < bytes.count {
            if capital.contains(bytes[at]), small.contains(bytes[at - 1]) { count += 1 }
            at += 1
        }
        return count
    }

    private static func runsWeight(_ runs: Double) -> Double { min(1, 0.6 + runs * 0.6) }

    /// Ranges of bytes and what they say: letters in the place of small ones speak for a charset, rare signs against it.
    private static let candidates: [(label: String, weights: [(ClosedRange<Int>, Double)])] = [
        ("windows-1251", [(0xE0...0xFF, 1), (0xC0...0xDF, 0.35), (0xB8...0xB8, 0.8), (0xA8...0xA8, 0.5), (0x80...0x9F, -0.6)]),
        ("koi8-r", [(0xC0...0xDF, 1), (0xE0...0xFF, 0.34), (0xA3...0xA3, 0.8), (0xB3...0xB3, 0.5), (0x80...0x9F, -0.6)]),
        ("ibm866", [(0xA0...0xAF, 1), (0xE0...0xEF, 1), (0x80...0x9F, 0.4), (0xF0...0xF1, 0.5), (0xC0...0xDF, -0.6)]),
        ("iso-8859-5", [(0xD0...0xEF, 0.97), (0xB0...0xCF, 0.3), (0xF1...0xF1, 0.8), (0xF2...0xFF, -0.6), (0x80...0x9F, -1)]),
        (
            "windows-1253",
            [(0xE1...0xFE, 0.8), (0xDC...0xDF, 1.3), (0xC1...0xD9, 0.3), (0x80...0x9F, -0.6), (0xC0...0xC0, -0.3), (0xFF...0xFF, -2)]
        ),
        (
            "windows-1255",
            [(0xE0...0xFA, 1.05), (0xC0...0xD3, -0.3), (0xD4...0xDF, -2), (0xFB...0xFC, -2), (0xFF...0xFF, -2), (0x80...0x9F, -0.6)]
        ),
        (
            "windows-1256",
            [
                (0xC7...0xC7, 1.5), (0xE1...0xE1, 1.5), (0xC8...0xD6, 0.7), (0xD8...0xDF, 0.7), (0xE3...0xE6, 0.9), (0xEC...0xED, 0.9),
                (0x80...0x9F, -0.3),
            ]
        ),
        (
            "windows-874",
            [(0xA1...0xCE, 0.85), (0xD0...0xDA, 1), (0xE0...0xEE, 1), (0xFC...0xFF, -2), (0xDB...0xDE, -2), (0x80...0x9F, -0.6)]
        ),
    ]

    /// Latin text: windows-1250 where its own letters are more at home than those that windows-1252 has in their places.
    private static func latin(_ counts: [Double], high: Double) -> Verdict {
        // Places where central European languages have frequent letters and western ones signs: ą ľ ś ş ź ł ż ...
        let central = [0xB9, 0xBE, 0x9C, 0x9F, 0xB3, 0xBF, 0x9D, 0x9E, 0x9A, 0xBA]
        let centralShared = [0xEA, 0xF3, 0xE6, 0xF1, 0xE8, 0xEC, 0xF8, 0xFB, 0xF5, 0xE3, 0xEF, 0xF2, 0xE1, 0xED, 0xE9, 0xFD, 0xFA, 0xF9]
        let own = central.reduce(0) { $0 + counts[$1] }
        let shared = centralShared.reduce(0) { $0 + counts[$1] }
        if own / high > 0.25, (own + shared) / high > 0.8 { return Verdict(label: "windows-1250", score: 0.6) }
        return Verdict(label: "windows-1252", score: 0.5)
    }
}
