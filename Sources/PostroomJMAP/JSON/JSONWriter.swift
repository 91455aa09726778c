/// Writes JSON straight into bytes. Commas are the writer's care.
public struct JSONWriter {
    public private(set) var bytes: [UInt8] = []

    public init(reserving capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// A value that follows another one in its array or object needs a comma before it.
    @inline(__always)
    private mutating func separate() {
        switch bytes.last {
        case nil, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): break
        default: bytes.append(UInt8(ascii: ","))
        }
    }

    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
    }

    public mutating func endObject() { bytes.append(UInt8(ascii: "}")) }

    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
    }

    public mutating func endArray() { bytes.append(UInt8(ascii: "]")) }

    public mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
    }

    public mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    public mutating func string(_ text: String?) {
        if let text { string(text) } else { null() }
    }

    public mutating func int(_ number: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
    }

    public mutating func bool(_ flag: Bool) {
        separate()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    }

    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// A value that is JSON already.
    public mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .int(let number): int(number)
        case .decimal(let digits): raw(Array(digits.utf8))
        case .string(let text): string(text)
        case .array(let items):
            beginArray()
            for item in items { self.value(item) }
            endArray()
        case .object(let object):
            beginObject()
            for (name, member) in object.entries {
                key(name)
                self.value(member)
            }
            endObject()
        }
    }

    // Members: a name and its value.

    public mutating func member(_ name: String, _ text: String?) {
        key(name)
        string(text)
    }

    public mutating func member(_ name: String, _ number: Int) {
        key(name)
        int(number)
    }

    public mutating func member(_ name: String, _ flag: Bool) {
        key(name)
        bool(flag)
    }

    public mutating func member(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { units in
            var start = 0
            for place in units.indices {
                let unit = units[place]
                if unit >= 0x20, unit != UInt8(ascii: "\""), unit != UInt8(ascii: "\\") {
                    if unit >= 0xEF, let length = Self.noncharacter(in: units, at: place) {
                        bytes.append(contentsOf: units[start..<place])
                        bytes.append(contentsOf: [0xEF, 0xBF, 0xBD])
                        start = place + length
                    }
                    continue
                }
                bytes.append(contentsOf: units[start..<place])
                start = place + 1
                escape(unit)
            }
            bytes.append(contentsOf: units[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The octets of a code point that is no character, U+FFFF for one: I-JSON has none (RFC 7493 §2.1), mail may.
    private static func noncharacter(in units: UnsafeBufferPointer<UInt8>, at place: Int) -> Int? {
        let length = units[place] >= 0xF0 ? 4 : 3
        guard place + length <= units.count else { return nil }
        let (last, before) = (units[place + length - 1], units[place + length - 2])
        if length == 3, before == 0xB7 { return (0x90...0xAF).contains(last) ? 3 : nil }
        // The last two of each plane.
        guard before == 0xBF, last >= 0xBE, units[place + length - 3] & 0xF == 0xF else { return nil }
        return length
    }

    private mutating func escape(_ unit: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch unit {
        case 8: bytes.append(UInt8(ascii: "b"))
        case 9: bytes.append(UInt8(ascii: "t"))
        case 10: bytes.append(UInt8(ascii: "n"))
        case 12: bytes.append(UInt8(ascii: "f"))
        case 13: bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(unit)
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(digits[Int(unit >> 4)])
            bytes.append(digits[Int(unit & 15)])
        }
    }
}
