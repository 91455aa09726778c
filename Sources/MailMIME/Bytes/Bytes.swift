import Glibc

/// The bytes that are looked at in one go: a view without ownership, for hot loops.
typealias Bytes = UnsafeBufferPointer<UInt8>

extension UnsafeBufferPointer where Element == UInt8 {
    /// A part of the view; the bounds are clamped.
    @inline(__always)
    func sub(_ start: Int, _ end: Int) -> Bytes {
        let end = Swift.min(end, count)
        guard start < end, let base = baseAddress else { return Bytes(start: nil, count: 0) }
        return Bytes(start: base + start, count: end - start)
    }

    /// Where `byte` occurs first at or after `start`; nil where it does not before `end`.
    @inline(__always)
    func find(_ byte: UInt8, from start: Int, to end: Int) -> Int? {
        guard start < end, let base = baseAddress, let hit = memchr(base + start, Int32(byte), end - start) else { return nil }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(hit))
    }

    /// Where a short sequence occurs first at or after `start`.
    func find(_ needle: StaticString, from start: Int) -> Int? {
        let length = needle.utf8CodeUnitCount
        let first = needle.utf8Start[0]
        var at = start
        while let hit = find(first, from: at, to: count - length + 1) {
            var matched = 1
            while matched < length, self[hit + matched] == needle.utf8Start[matched] { matched += 1 }
            if matched == length { return hit }
            at = hit + 1
        }
        return nil
    }

    /// The view without white space (and line ends) at both ends.
    var trimmed: Bytes {
        var start = 0
        var end = count
        while start < end, self[start].isSpace { start += 1 }
        while end > start, self[end - 1].isSpace { end -= 1 }
        return sub(start, end)
    }

    /// Equality with an ASCII text in lower case, whatever the case here.
    @inline(__always)
    func equalsLowercase(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasLowercasePrefix(text)
    }

    /// Whether an ASCII text in lower case is somewhere in the view, whatever the case here.
    func containsLowercase(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        return (0...count - text.utf8CodeUnitCount).contains { sub($0, count).hasLowercasePrefix(text) }
    }

    /// Whether the view begins with an ASCII text in lower case, whatever the case here.
    @inline(__always)
    func hasLowercasePrefix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        let other = text.utf8Start
        for at in 0..<length where self[at].lowercased != other[at] { return false }
        return true
    }

    /// The text as it is, invalid UTF-8 replaced.
    var string: String { String(decoding: self, as: UTF8.self) }

    /// The text with A-Z made a-z.
    var lowercasedASCII: String {
        guard let base = baseAddress else { return "" }
        let length = count
        return String(unsafeUninitializedCapacity: length) { buffer in
            for at in 0..<length { buffer[at] = base[at].lowercased }
            return length
        }
    }

    /// True where every byte is below 128.
    var isASCII: Bool {
        guard let base = baseAddress else { return true }
        let raw = UnsafeRawPointer(base)
        var at = 0
        while at + 8 <= count {
            if raw.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { return false }
            at += 8
        }
        while at < count {
            if self[at] >= 0x80 { return false }
            at += 1
        }
        return true
    }
}

extension UInt8 {
    @inline(__always) var lowercased: UInt8 { self &- 65 < 26 ? self | 0x20 : self }
    @inline(__always) var isDigit: Bool { self &- 48 < 10 }
    @inline(__always) var isLetter: Bool { (self | 0x20) &- 97 < 26 }
    @inline(__always) var isBlank: Bool { self == 32 || self == 9 }
    @inline(__always) var isLineEnd: Bool { self == 10 || self == 13 }
    @inline(__always) var isSpace: Bool { self == 32 || (self >= 9 && self <= 13) }

    /// The value of a hexadecimal digit; nil for any other character.
    @inline(__always) var hexValue: UInt8? {
        switch self {
        case 48...57: self - 48
        case 65...70: self - 55
        case 97...102: self - 87
        default: nil
        }
    }

    @inline(__always)
    init(ascii character: Unicode.Scalar) { self = UInt8(truncatingIfNeeded: character.value) }
}

extension String {
    /// Runs `body` on the UTF-8 of the text.
    func withBytes<R>(_ body: (Bytes) throws -> R) rethrows -> R {
        var copy = self
        return try copy.withUTF8(body)
    }
}
