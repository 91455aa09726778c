/// One header field: a name and a value that can be read in each of the forms of RFC 8621 section 4.1.2.
public struct HeaderField: Sendable {
    let storage: MessageStorage
    let source: Int
    let index: Int

    private var record: FieldRecord { storage.fields[index] }

    /// The name as written.
    public var name: String {
        storage.sources[source].withUnsafeBufferPointer { $0.sub(Int(record.nameStart), Int(record.nameEnd)).string }
    }

    /// Where the value lies in the part's source: from after the colon up to and without the line end.
    public var rawRange: Range<Int> { Int(record.valueStart)..<Int(record.valueEnd) }

    /// The value's bytes, folded as they are.
    public var rawValue: ArraySlice<UInt8> { storage.sources[source][rawRange] }

    /// Raw form: the bytes as UTF-8, folding and encoded words kept; bytes that are no UTF-8 become U+FFFD.
    public var asRaw: String { withValue(\.string) }

    /// Text form: unfolded, encoded words decoded, white space around taken off.
    public var asText: String { withValue { EncodedWords.decode($0, context: context($0)) } }

    /// Addresses form: the mailboxes, groups flattened.
    public var asAddresses: [MailAddress] { asGroupedAddresses.flatMap(\.addresses) }

    /// GroupedAddresses form: mailboxes outside a group come in groups without a name.
    ///
    /// Where a mailbox has no display name, a comment after it stands in (RFC 8621 section 4.1.2.3).
    public var asGroupedAddresses: [AddressGroup] {
        withValue { AddressParser.groups($0, context: context($0), limit: storage.limits.maxAddresses) }
    }

    /// The mailboxes, groups flattened, with display names only: comments do not stand in for them.
    public var asMailboxes: [MailAddress] {
        withValue {
            AddressParser.groups($0, context: context($0), limit: storage.limits.maxAddresses, readsComments: false).flatMap(\.addresses)
        }
    }

    /// MessageIds form: the ids without angle brackets; nil where there is none.
    public var asMessageIDs: [String]? { withValue(Bracketed.messageIDs) }

    /// Date form; nil where it cannot be read.
    public var asDate: MailDate? { withValue(DateParser.parse) }

    /// URLs form (RFC 2369): nil where there is none.
    public var asURLs: [String]? { withValue(Bracketed.urls) }

    /// The parameters; what stands before them is passed over, with or without ";". Names in lower case, values decoded.
    var parameters: [(name: String, value: String)] {
        withValue { ParameterParser.all(of: $0, limit: storage.limits.maxParameters, context: context($0)) }
    }

    /// One of ``parameters``, by its name in lower case: most fields do not have the one that is asked for, and are not read then.
    func parameter(_ name: StaticString) -> String? {
        withValue { value in
            guard value.containsLowercase(name) else { return nil }
            return ParameterParser.text(of: name, in: value, limit: storage.limits.maxParameters, context: context(value))
        }
    }

    /// Runs `body` on the value, cut to the limit.
    func withValue<R>(_ body: (Bytes) throws -> R) rethrows -> R {
        let record = record
        let end = min(Int(record.valueEnd), Int(record.valueStart) + storage.limits.maxFieldLength)
        return try storage.sources[source].withUnsafeBufferPointer { try body($0.sub(Int(record.valueStart), end)) }
    }

    private func context(_ value: Bytes) -> TextContext { value.isASCII ? TextContext() : TextContext(charset: storage.rootCharset) }
}
