extension MIMEMessage {
    /// Reads a whole message: its structure to the last part, nothing decoded.
    ///
    /// Never fails. Time is linear in the size; the index costs 48 bytes a part and 16 a header field.
    public static func parse(_ source: [UInt8], options: ParseOptions = .init()) -> MIMEMessage {
        MIMEMessage(storage: MessageStorage(index(source, options: options, isHeaderOnly: false), isHeaderOnly: false))
    }

    /// Reads the header only and stops at the empty line: for envelopes. The body is not looked at.
    public static func parseHeaders(_ source: [UInt8]) -> MIMEMessage {
        MIMEMessage(storage: MessageStorage(index(source, options: ParseOptions(), isHeaderOnly: true), isHeaderOnly: true))
    }

    private static func index(_ source: [UInt8], options: ParseOptions, isHeaderOnly: Bool) -> StructureIndex {
        source.withUnsafeBufferPointer { bytes in
            let limit = min(bytes.count, options.limits.maxSourceSize)
            var parser = StructureParser(
                bytes: bytes.sub(0, limit), source: 0, options: options, index: StructureIndex(source: source, limits: options.limits))
            if isHeaderOnly { parser.parseHeader() } else { parser.parse(parent: -1, depth: 0) }
            if limit < bytes.count { parser.index.report(.tooLarge, at: limit, part: 0) }
            return parser.index
        }
    }
}
