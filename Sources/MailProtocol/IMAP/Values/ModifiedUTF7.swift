extension IMAP {
    /// Mailbox names in modified UTF-7 (RFC 3501, section 5.1.3).
    public enum ModifiedUTF7 {
        private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)
        private static let values: [UInt8] = {
            var table = [UInt8](repeating: 0xFF, count: 256)
            for (value, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(value) }
            table[Int(UInt8(ascii: "/"))] = 63  // some servers write plain base64
            return table
        }()

        public static func encode(_ name: String) -> [UInt8] {
            var out: [UInt8] = []
            var pending: [UInt16] = []
            func flush() {
                guard !pending.isEmpty else { return }
                out.append(UInt8(ascii: "&"))
                var bits: UInt32 = 0
                var count = 0
                for unit in pending {
                    bits = bits << 16 | UInt32(unit)
                    count += 16
                    while count >= 6 {
                        count -= 6
                        out.append(alphabet[Int(bits >> UInt32(count) & 63)])
                    }
                    bits &= (1 << UInt32(count)) - 1
                }
                if count > 0 { out.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
                out.append(UInt8(ascii: "-"))
                pending = []
            }
            for unit in name.utf16 {
                if (0x20...0x7E).contains(unit) {
                    flush()
                    out.append(UInt8(unit))
                    if unit == 0x26 { out.append(UInt8(ascii: "-")) }
                } else {
                    pending.append(unit)
                }
            }
            flush()
            return out
        }

        /// The name; nil when the bytes are not modified UTF-7.
        public static func decode(_ bytes: Bytes) -> String? {
            var units: [UInt16] = []
            units.reserveCapacity(bytes.count)
            var index = bytes.startIndex
            while index < bytes.endIndex {
                let byte = bytes[index]
                index += 1
                guard byte < 0x80 else { return nil }
                guard byte == UInt8(ascii: "&") else {
                    units.append(UInt16(byte))
                    continue
                }
                if index < bytes.endIndex, bytes[index] == UInt8(ascii: "-") {
                    index += 1
                    units.append(0x26)
                    continue
                }
                var bits: UInt32 = 0
                var count = 0
                var closed = false
                while index < bytes.endIndex {
                    let letter = bytes[index]
                    index += 1
                    if letter == UInt8(ascii: "-") {
                        closed = true
                        break
                    }
                    let value = values[Int(letter)]
                    guard value != 0xFF else { return nil }
                    bits = bits << 6 | UInt32(value)
                    count += 6
                    if count >= 16 {
                        count -= 16
                        units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)))
                        bits &= (1 << UInt32(count)) - 1
                    }
                }
                guard closed, count < 6, bits == 0 else { return nil }
            }
            // An unpaired surrogate is not a name.
            var decoder = UTF16()
            var iterator = units.makeIterator()
            var text = String.UnicodeScalarView()
            while true {
                switch decoder.decode(&iterator) {
                case .scalarValue(let scalar): text.append(scalar)
                case .emptyInput: return String(text)
                case .error: return nil
                }
            }
        }
    }
}
