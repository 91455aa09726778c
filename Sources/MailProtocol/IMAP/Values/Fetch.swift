extension IMAP {
    /// Something that FETCH can be asked for (RFC 9051, section 6.4.5 and the extensions).
    public enum FetchItem: Sendable, Hashable {
        case uid, flags, internalDate, size, envelope, bodyStructure
        case modSeq
        /// A section without setting `\Seen`; `partial` for a range of its bytes.
        case body(Section, partial: Partial? = nil)
        /// A part with its transfer encoding undone by the server (RFC 3516).
        case binary(part: [UInt32], partial: Partial? = nil)
        case binarySize(part: [UInt32])
        case emailID, threadID
        case gmailMessageID, gmailThreadID, gmailLabels
        /// A short text of the content (RFC 8970); `lazy`: only if the server has it ready.
        case preview(lazy: Bool = false)
        case saveDate
    }

    /// The bytes of one section as they came.
    public struct FetchedBody: Sendable, Hashable {
        public enum Content: Sendable, Hashable {
            /// The server has no such section, or the message is gone.
            case missing
            case bytes(Bytes)
            /// So many bytes came, too many to keep in memory: they were delivered piece by piece, or dropped if nobody wanted pieces.
            case streamed(UInt64)
        }

        public let section: Section
        /// True for BINARY: the transfer encoding is undone.
        public let isBinary: Bool
        /// Where a partial answer begins.
        public let origin: UInt64?
        public let content: Content

        public init(section: Section, isBinary: Bool = false, origin: UInt64? = nil, content: Content) {
            self.section = section
            self.isBinary = isBinary
            self.origin = origin
            self.content = content
        }

        /// The bytes that are in memory; nil for the other cases.
        public var bytes: Bytes? {
            guard case .bytes(let bytes) = content else { return nil }
            return bytes
        }
    }

    /// What a server told about one message; nil where it didn't.
    public struct FetchedMessage: Sendable, Hashable {
        /// Position in the mailbox, 1...; it moves when others are expunged. 0 for a UIDFETCH response (RFC 9586).
        public let sequence: UInt32
        public var uid: UID?
        public var flags: [Flag]?
        public var modSeq: ModSeq?
        /// Seconds since 1970.
        public var internalDate: Int64?
        /// The size in bytes that the server claims (RFC822.SIZE).
        public var size: UInt64?
        public var envelope: Envelope?
        public var bodyStructure: BodyStructure?
        public var bodies: [FetchedBody] = []
        public var binarySizes: [BinarySize] = []
        public var emailID: String?
        /// OBJECTID's THREADID; nil also where the server answered NIL.
        public var threadID: String?
        public var gmailMessageID: UInt64?
        public var gmailThreadID: UInt64?
        public var gmailLabels: [Text]?
        public var preview: Text?
        /// Seconds since 1970; nil also where the server answered NIL.
        public var saveDate: Int64?
        /// Attributes whose value made no sense; the others still stand.
        public var defects: [Defect] = []

        public struct BinarySize: Sendable, Hashable {
            public let part: [UInt32]
            public let size: UInt64

            public init(part: [UInt32], size: UInt64) {
                self.part = part
                self.size = size
            }
        }

        /// A value that was skipped because it is malformed.
        public struct Defect: Sendable, Hashable {
            public let attribute: String
            public let error: ParseError
        }

        public init(sequence: UInt32) { self.sequence = sequence }

        /// The content of `section`, if it was fetched whole.
        public func body(_ section: Section) -> FetchedBody.Content? {
            bodies.first { $0.section == section && !$0.isBinary }?.content
        }
    }
}
