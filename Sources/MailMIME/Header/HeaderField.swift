/// One header field: a name and a value that can be read in each of the forms of RFC 8621 section 4.1.2.
public struct HeaderField: Sendable {
    let storage: MessageStorage
    let source: Int
    let index: Int

    private var record: FieldRecord { storage.fields[index] }

    /// The name as written.
    public var name: String { String(decoding: storage.sources[source][Int(record.nameStart)..<Int(record.nameEnd)], as: UTF8.self) }

    /// Where the value lies in the part's source: from after the colon up to and without the line end.
    public var rawRange: Range<Int> { Int(record.valueStart)..<Int(record.valueEnd) }

    /// The value's bytes, folded as they are.
    public var rawValue: ArraySlice<UInt8> { storage.sources[source][rawRange] }

    /// Raw form: the bytes as UTF-8, folding and encoded words kept; bytes that are no UTF-8 become U+FFFD.
    public var asRaw: String { String(decoding: rawValue, as: UTF8.self) }

    /// Text form: unfolded, encoded words decoded, white space around taken off.
    public var asText: String { asRaw }

    /// Addresses form: the mailboxes, groups flattened.
    public var asAddresses: [MailAddress] { [] }

    /// GroupedAddresses form: mailboxes outside a group come in groups without a name.
    public var asGroupedAddresses: [AddressGroup] { [] }

    /// MessageIds form: the ids without angle brackets; nil where there is none.
    public var asMessageIDs: [String]? { nil }

    /// Date form; nil where it cannot be read.
    public var asDate: MailDate? { nil }

    /// URLs form (RFC 2369): nil where there is none.
    public var asURLs: [String]? { nil }
}
