extension IMAP {
    /// A piece of a message: `1.2.MIME`, `HEADER.FIELDS (SUBJECT)` or all of it (RFC 9051, section 6.4.5).
    public struct Section: Sendable, Hashable {
        public enum Text: Sendable, Hashable {
            case header
            case headerFields([String])
            case headerFieldsNot([String])
            case text
            /// The MIME header of a part; needs a part number.
            case mime
        }

        /// Part numbers from the outside in, counted from 1; empty: the message itself.
        public var part: [UInt32]
        public var text: Text?

        public init(part: [UInt32] = [], text: Text? = nil) {
            self.part = part
            self.text = text
        }

        /// All of the message.
        public static let whole = Section()
        public static let header = Section(text: .header)
        public static let text = Section(text: .text)
    }

    /// A range of a section's bytes: `<offset.count>`. Answers may be shorter at the end.
    public struct Partial: Sendable, Hashable {
        public var offset: UInt64
        public var count: UInt64

        public init(offset: UInt64, count: UInt64) {
            self.offset = offset
            self.count = count
        }
    }
}

extension IMAP.Section: CustomStringConvertible {
    public var description: String {
        let numbers = part.map { "\($0)" }.joined(separator: ".")
        let name: String
        switch text {
        case nil: return numbers
        case .header: name = "HEADER"
        case .headerFields(let fields): name = "HEADER.FIELDS (\(fields.joined(separator: " ")))"
        case .headerFieldsNot(let fields): name = "HEADER.FIELDS.NOT (\(fields.joined(separator: " ")))"
        case .text: name = "TEXT"
        case .mime: name = "MIME"
        }
        return numbers.isEmpty ? name : "\(numbers).\(name)"
    }
}
