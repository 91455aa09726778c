/// Base64 (RFC 2045 section 6.8).
enum Base64 {
    /// 0-63: value; 64: padding; 65: white space; 255: foreign.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, letter) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            table[Int(letter)] = UInt8(value)
        }
        table[61] = 64
        for space in [9, 10, 11, 12, 13, 32] { table[space] = 65 }
        return table
    }()

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { values[Int(byte)] < 64 }

    static let letters = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Appends the decoded content; foreign characters are passed over.
    ///
    /// What follows a complete padding is decoded too where it is base64 (pieces encoded one by one), and left out where
    /// it is not (a footer that a list server put after the content).
    ///
    /// - Returns: where the content is not clean base64; nil where it is.
    static func decode(_ text: Bytes, into bytes: inout [UInt8]) -> Int? {
        guard let base = text.baseAddress else { return nil }
        let count = text.count
        var defect: Int?
        let room = count / 4 * 3 + 3
        let start = bytes.count
        values.withUnsafeBufferPointer { table in
            let addition = [UInt8](unsafeUninitializedCapacity: room) { output, written in
                var group: UInt32 = 0
                var filled = 0
                var at = 0
                var out = 0
                while at < count {
                    // Four letters at a time while nothing else comes.
                    if filled == 0 {
                        while at + 4 <= count {
                            let a = table[Int(base[at])]
                            let b = table[Int(base[at + 1])]
                            let c = table[Int(base[at + 2])]
                            let d = table[Int(base[at + 3])]
                            if (a | b | c | d) & 0xC0 != 0 { break }
                            let bits = UInt32(a) << 18 | UInt32(b) << 12 | UInt32(c) << 6 | UInt32(d)
                            output[out] = UInt8(truncatingIfNeeded: bits >> 16)
                            output[out + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                            output[out + 2] = UInt8(truncatingIfNeeded: bits)
                            out += 3
                            at += 4
                        }
                        guard at < count else { break }
                    }
                    let value = table[Int(base[at])]
                    if value < 64 {
                        group = group << 6 | UInt32(value)
                        filled += 1
                        if filled == 4 {
                            output[out] = UInt8(truncatingIfNeeded: group >> 16)
                            output[out + 1] = UInt8(truncatingIfNeeded: group >> 8)
                            output[out + 2] = UInt8(truncatingIfNeeded: group)
                            out += 3
                            (group, filled) = (0, 0)
                        }
                    } else if value == 64 {
                        if filled == 0 {
                            // Surplus padding.
                        } else {
                            if filled == 1, defect == nil { defect = at }
                            out += flush(group, filled, output, out)
                            (group, filled) = (0, 0)
                        }
                        while at + 1 < count, table[Int(base[at + 1])] == 64 || table[Int(base[at + 1])] == 65 { at += 1 }
                        if hasForeign(base, table, from: at + 1, to: count) {
                            if defect == nil { defect = at + 1 }
                            at = count
                        }
                    } else if value == 255, defect == nil {
                        defect = at
                    }
                    at += 1
                }
                if filled > 0 {
                    if defect == nil { defect = count }
                    out += flush(group, filled, output, out)
                }
                written = out
            }
            if start == 0 { bytes = addition } else { bytes += addition }
        }
        return defect
    }

    private static func flush(_ group: UInt32, _ filled: Int, _ output: UnsafeMutableBufferPointer<UInt8>, _ out: Int) -> Int {
        switch filled {
        case 2:
            output[out] = UInt8(truncatingIfNeeded: group >> 4)
            return 1
        case 3:
            output[out] = UInt8(truncatingIfNeeded: group >> 10)
            output[out + 1] = UInt8(truncatingIfNeeded: group >> 2)
            return 2
        default: return 0
        }
    }

    private static func hasForeign(_ base: UnsafePointer<UInt8>, _ table: Bytes, from start: Int, to end: Int) -> Bool {
        var at = start
        // A look at the beginning is enough, and keeps the whole linear.
        let limit = min(end, start + 256)
        while at < limit {
            if table[Int(base[at])] == 255 { return true }
            at += 1
        }
        return false
    }

    /// Whether the letters end inside a byte: a group of one, or of two or three whose left-over bits are not zero.
    static func isCut(_ text: [UInt8]) -> Bool {
        var count = 0
        var last: UInt8 = 0
        for byte in text {
            let value = values[Int(byte)]
            if value < 64 {
                count += 1
                last = value
            } else if value == 64 {
                return false
            }
        }
        switch count % 4 {
        case 1: return true
        case 2: return last & 0x0F != 0
        case 3: return last & 0x03 != 0
        default: return false
        }
    }

    /// Appends bytes as base64 in one run, without line ends.
    static func encode(_ bytes: Bytes, into text: inout [UInt8]) {
        var at = 0
        let count = bytes.count
        text.reserveCapacity(text.count + (count + 2) / 3 * 4)
        letters.withUnsafeBufferPointer { letters in
            while at + 3 <= count {
                let bits = UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2])
                text.append(letters[Int(bits >> 18)])
                text.append(letters[Int(bits >> 12 & 63)])
                text.append(letters[Int(bits >> 6 & 63)])
                text.append(letters[Int(bits & 63)])
                at += 3
            }
            if at + 1 == count {
                let bits = UInt32(bytes[at]) << 16
                text += [letters[Int(bits >> 18)], letters[Int(bits >> 12 & 63)], 61, 61]
            } else if at + 2 == count {
                let bits = UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 8
                text += [letters[Int(bits >> 18)], letters[Int(bits >> 12 & 63)], letters[Int(bits >> 6 & 63)], 61]
            }
        }
    }
}
