import Foundation

/// Makes letters comparable: without case, marks and width.
///
/// `й` and `ё`: the second is written as `е` all over, the first is a letter of its own.
enum WordFolding {
    /// What a scalar becomes in an index: nothing (a mark), itself, or several.
    static func folded(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        let value = Int(scalar.value)
        if value < ScalarTable.end { return ScalarTable.page(value >> ScalarTable.pageBits).foldings[value & 0xFF] }
        if (0xFF00...0xFFEF).contains(value) { return wide[value - 0xFF00] }
        // Han, kana and Hangul have neither case nor marks.
        if (0x3000...0xD7AF).contains(value) { return [scalar] }
        return compute(scalar)
    }

    /// What a stemmer wants: lower case and normal width, but with marks.
    static func lowered(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        if (0xFF00...0xFFEF).contains(scalar.value) { return folded(scalar) }
        if scalar == "ё" || scalar == "Ё" { return ["е"] }
        return Array(scalar.properties.lowercaseMapping.precomposedStringWithCanonicalMapping.unicodeScalars)
    }

    private static let wide: [[Unicode.Scalar]] = (0xFF00...0xFFEF).map { Unicode.Scalar(UInt32($0)).map(compute) ?? [] }

    /// Letters that no decomposition takes apart.
    private static let special: [Unicode.Scalar: [Unicode.Scalar]] = [
        "ß": ["s", "s"], "ẞ": ["s", "s"], "æ": ["a", "e"], "Æ": ["a", "e"], "œ": ["o", "e"], "Œ": ["o", "e"], "ø": ["o"], "Ø": ["o"],
        "ł": ["l"], "Ł": ["l"], "đ": ["d"], "Đ": ["d"], "ð": ["d"], "Ð": ["d"], "þ": ["t", "h"], "Þ": ["t", "h"], "ı": ["i"],
        "й": ["й"], "Й": ["й"],
    ]

    /// Worked out anew; ``folded(_:)`` remembers.
    static func compute(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        if let letters = special[scalar] { return letters }
        let lower = String(scalar).decomposedStringWithCompatibilityMapping.lowercased()
        return lower.decomposedStringWithCompatibilityMapping.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: false
            default: true
            }
        }
    }
}
