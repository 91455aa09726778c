extension MIMEMessage {
    /// The beginning of what a person wrote, on one line: quotes, signatures and markup left out.
    ///
    /// - Parameter maxLength: in characters of Unicode (scalars); RFC 8621 wants at most 256.
    public func preview(maxLength: Int = 256) -> String { "" }

    /// The text to be searched: bodies, HTML as text, attached texts, calendar entries and embedded messages.
    ///
    /// - Parameter limit: in bytes of UTF-8; work stops there.
    public func searchText(limit: Int = 1 << 20) -> String { "" }
}
