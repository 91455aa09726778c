/// What a parse leaves behind: the bytes and the index over them. Immutable, shared by a message and its parts.
final class MessageStorage: Sendable {
    /// The message, then what was decoded out of it to be parsed in turn.
    let sources: [[UInt8]]
    let records: [PartRecord]
    let fields: [FieldRecord]
    let structureDefects: [Defect]
    let limits: MIMELimits
    let isHeaderOnly: Bool

    init(
        sources: [[UInt8]], records: [PartRecord], fields: [FieldRecord], defects: [Defect], limits: MIMELimits, isHeaderOnly: Bool
    ) {
        self.sources = sources
        self.records = records
        self.fields = fields
        structureDefects = defects
        self.limits = limits
        self.isHeaderOnly = isHeaderOnly
    }

    var defects: [Defect] { structureDefects }

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

    func partID(of index: Int) -> String? { nil }
}

/// One part in 48 bytes.
struct PartRecord: Sendable {
    enum Kind: UInt8, Sendable { case leaf, multipart, message }

    var parent: Int32
    var depth: UInt16
    var kind: Kind = .leaf
    var encoding: TransferEncoding = .sevenBit
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

/// One header field in 16 bytes: the name, the colon somewhere after it, the value up to and without its last line end.
struct FieldRecord: Sendable {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
}
