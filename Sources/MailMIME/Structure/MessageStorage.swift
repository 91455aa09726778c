/// What a parse leaves behind: the bytes and the index over them. Immutable, shared by a message and its parts.
final class MessageStorage: Sendable {
    /// The message, then what was decoded out of it to be parsed in turn.
    let sources: [[UInt8]]
    let records: [PartRecord]
    let fields: [FieldRecord]
    /// Found while the structure was read, in order of discovery.
    let structureDefects: [Defect]
    let limits: MIMELimits
    let isHeaderOnly: Bool

    init(_ index: StructureIndex, isHeaderOnly: Bool) {
        sources = index.sources
        records = index.records
        fields = index.fields
        structureDefects = index.defects
        limits = index.limits
        self.isHeaderOnly = isHeaderOnly
    }

    func children(of index: Int) -> [Int] {
        var children: [Int] = []
        let depth = records[index].depth
        var next = index + 1
        while next < records.count, records[next].depth > depth {
            if records[next].parent == index { children.append(next) }
            next += 1
        }
        return children
    }

    /// The part specifier of IMAP: numbers of the multiparts and messages on the way, counted from 1.
    func partID(of index: Int) -> String {
        let path = path(of: index)
        return path.isEmpty ? "1" : path.map(String.init).joined(separator: ".")
    }

    private func path(of index: Int) -> [UInt32] {
        var path: [UInt32] = []
        var at = index
        while true {
            let record = records[at]
            let parent = Int(record.parent)
            guard parent >= 0 else {
                if record.kind != .multipart { path.append(1) }
                return path.reversed()
            }
            // The root of an embedded message has no number of its own when it is a multipart, and is 1 otherwise.
            if records[parent].kind != .message || record.kind != .multipart { path.append(record.ordinal) }
            at = parent
        }
    }
}

/// One part.
struct PartRecord: Sendable {
    enum Kind: UInt8, Sendable { case leaf, multipart, message }

    var parent: Int32
    /// The number among the parts of the same parent, counted from 1.
    var ordinal: UInt32
    var depth: UInt16
    var kind: Kind = .leaf
    var encoding: TransferEncoding = .sevenBit
    /// True for parts of a multipart/digest, whose type is message/rfc822 unless they say otherwise.
    var isInDigest = false
    /// Which of ``MessageStorage/sources`` the offsets point into.
    var source: UInt32
    var headerStart: UInt32
    var headerEnd: UInt32
    var bodyStart: UInt32
    var bodyEnd: UInt32
    var firstField: UInt32
    var endField: UInt32

    var headerRange: Range<Int> { Int(headerStart)..<Int(headerEnd) }
    var bodyRange: Range<Int> { Int(bodyStart)..<Int(bodyEnd) }
    var fields: Range<Int> { Int(firstField)..<Int(endField) }
}

/// One header field in 16 bytes: the name and the value up to and without its last line end.
struct FieldRecord: Sendable {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
}

/// The index while it grows.
struct StructureIndex {
    var sources: [[UInt8]]
    var records: [PartRecord] = []
    var fields: [FieldRecord] = []
    var defects: [Defect] = []
    let limits: MIMELimits
    /// How many bytes may still be decoded to be parsed in turn.
    var unpackBudget: Int

    init(source: [UInt8], limits: MIMELimits) {
        sources = [source]
        self.limits = limits
        unpackBudget = limits.maxUnpackedSize
    }

    mutating func report(_ kind: Defect.Kind, at position: Int, part: Int) {
        if defects.count < limits.maxDefects { defects.append(Defect(kind: kind, position: position, part: part)) }
    }
}
