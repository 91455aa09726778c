/// One property of a MAPI property list ([MS-OXTNEF] section 2.1.3.4), its first value.
struct MAPIProperty {
    var type: UInt16
    var id: UInt16
    /// A view into the stream.
    var value: Bytes

    /// A string value, whichever of the two types it has.
    func text(_ codepage: String) -> String? {
        switch type {
        case 0x1F:
            var text = Charset.decode(value, label: "utf-16le", guessing: false).text
            while text.unicodeScalars.last == "\0" { text.unicodeScalars.removeLast() }
            return text.isEmpty ? nil : text
        case 0x1E, 0x0102:
            let end = value.firstIndex(of: 0) ?? value.count
            return end == 0 ? nil : Charset.decode(value.sub(0, end), label: codepage, guessing: false).text
        default: return nil
        }
    }

    static func read(_ data: Bytes) -> [MAPIProperty] {
        var reader = TNEFReader(bytes: data)
        var properties: [MAPIProperty] = []
        guard let count = reader.u32() else { return [] }
        for _ in 0..<min(count, 10_000) {
            guard let type = reader.u16(), let id = reader.u16() else { break }
            if id >= 0x8000, !skipName(&reader) { break }
            guard let value = values(&reader, type: type) else { break }
            properties.append(MAPIProperty(type: type & 0x0FFF, id: id, value: value))
        }
        return properties
    }

    /// A named property carries its name: a number or a text.
    private static func skipName(_ reader: inout TNEFReader) -> Bool {
        guard reader.take(16) != nil, let kind = reader.u32(), let number = reader.u32() else { return false }
        guard kind != 0 else { return true }
        let start = reader.at
        guard reader.take(Int(number)) != nil else { return false }
        reader.align(from: start)
        return true
    }

    /// Passes over all values of a property; gives the first.
    private static func values(_ reader: inout TNEFReader, type: UInt16) -> Bytes? {
        let isMultiple = type & 0x1000 != 0
        let isVariable: Bool
        var size = 4
        switch type & 0x0FFF {
        case 0x0D, 0x1E, 0x1F, 0x0102: isVariable = true
        case 0x05, 0x06, 0x07, 0x14, 0x40: (isVariable, size) = (false, 8)
        case 0x48: (isVariable, size) = (false, 16)
        case 0x01, 0x02, 0x03, 0x04, 0x0A, 0x0B: isVariable = false
        default: return nil
        }
        var count: UInt32 = 1
        if isMultiple || isVariable {
            guard let written = reader.u32() else { return nil }
            count = written
        }
        var first: Bytes?
        for _ in 0..<count {
            let value: Bytes?
            if isVariable {
                guard let length = reader.u32() else { return nil }
                let start = reader.at
                value = reader.take(Int(length))
                reader.align(from: start)
            } else {
                value = reader.take(size)
            }
            guard let value else { return nil }
            if first == nil { first = value }
        }
        return first ?? Bytes(start: nil, count: 0)
    }
}
