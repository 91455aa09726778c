/// One entity of a message: a leaf with content, a multipart, or an embedded message.
public struct MIMEPart: Sendable {
    let storage: MessageStorage

    /// The position in ``MIMEMessage/parts``.
    public let index: Int

    var record: PartRecord { storage.records[index] }

    /// The index of the containing part; nil for the root.
    public var parent: Int? { record.parent < 0 ? nil : Int(record.parent) }

    /// How deep the part lies: 0 for the root.
    public var depth: Int { Int(record.depth) }

    /// The part specifier of IMAP (RFC 3501 section 6.4.5) such as `1.2`; nil for a multipart.
    public var partID: String? { isMultipart ? nil : storage.partID(of: index) }

    /// The parts directly inside, in order.
    public var children: [Int] { storage.children(of: index) }

    /// Where the header lies, the empty line after it excluded.
    public var headerRange: Range<Int> { record.headerRange }

    /// Where the content lies, still transfer-encoded; the line end before a boundary belongs to the boundary.
    public var bodyRange: Range<Int> { record.bodyRange }

    /// True where the part was taken out of another part's content (an encoded embedded message, `winmail.dat`,
    /// uuencode): its ranges then point into ``source``, not into the message.
    public var isDerived: Bool { record.source != 0 }

    /// The bytes that the ranges point into: those of the message, unless ``isDerived``.
    public var source: [UInt8] { storage.sources[Int(record.source)] }

    /// True for a `multipart/*` whose boundary was usable, so that the content is in the children.
    public var isMultipart: Bool { record.kind == .multipart }

    /// True for `message/rfc822` and `message/global` whose content was parsed as a message.
    public var isMessage: Bool { record.kind == .message }

    /// The header fields.
    public var headers: HeaderList { HeaderList(storage: storage, source: Int(record.source), fields: record.fields) }
}
