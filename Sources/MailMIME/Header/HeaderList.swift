/// The header fields of one part, in order.
public struct HeaderList: Sendable {
    let storage: MessageStorage
    let source: Int
    let range: Range<Int>

    init(storage: MessageStorage, source: Int, fields: Range<Int>) {
        self.storage = storage
        self.source = source
        range = fields
    }

    /// Every field, in order.
    public var fields: [HeaderField] { range.map { HeaderField(storage: storage, source: source, index: $0) } }

    /// The first field of that name, whatever its case.
    public func first(_ name: String) -> HeaderField? {
        var name = name
        return name.withUTF8 { name in
            for index in range where matches(index, name) { return HeaderField(storage: storage, source: source, index: index) }
            return nil
        }
    }

    /// The last field of that name: what RFC 8621 section 4.1.2 reads where a name occurs more than once.
    public func last(_ name: String) -> HeaderField? {
        var name = name
        return name.withUTF8 { name in
            for index in range.reversed() where matches(index, name) { return HeaderField(storage: storage, source: source, index: index) }
            return nil
        }
    }

    /// Every field of that name, in order.
    public func all(_ name: String) -> [HeaderField] {
        var name = name
        return name.withUTF8 { name in
            range.filter { matches($0, name) }.map { HeaderField(storage: storage, source: source, index: $0) }
        }
    }

    private func matches(_ index: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let field = storage.fields[index]
        guard Int(field.nameEnd - field.nameStart) == name.count else { return false }
        return storage.sources[source].withUnsafeBufferPointer { bytes in
            var at = Int(field.nameStart)
            for byte in name {
                if bytes[at] | 0x20 != byte | 0x20 { return false }
                at += 1
            }
            return true
        }
    }
}
