/// One message as an index over its bytes.
///
/// Parsing never fails: whatever is wrong becomes a ``Defect``. The index holds ranges into `source`; headers, transfer
/// encodings and charsets are decoded only when asked for, each time anew, so keep a value that is used often.
public struct MIMEMessage: Sendable {
    let storage: MessageStorage

    /// Every part in depth-first order, containers included; `parts[0]` is the root and always exists.
    ///
    /// The root of an embedded `message/rfc822` or `message/global` comes right after the part that carries it.
    public let parts: [MIMEPart]

    init(storage: MessageStorage) {
        self.storage = storage
        parts = storage.records.indices.map { MIMEPart(storage: storage, index: $0) }
    }

    /// The bytes that were parsed, unchanged.
    public var source: [UInt8] { storage.sources[0] }

    /// The header of the message itself.
    public var headers: HeaderList { parts[0].headers }

    /// True where only the header was read (``parseHeaders(_:)``): there is one part and its body range is empty.
    public var isHeaderOnly: Bool { storage.isHeaderOnly }

    /// What was wrong with the structure. What decoding would find as well is in ``allDefects()``.
    public var defects: [Defect] { storage.structureDefects }

    /// The header fields of one part.
    public func headers(of index: Int) -> HeaderList { parts[index].headers }
}
