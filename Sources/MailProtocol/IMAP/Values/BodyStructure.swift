extension IMAP {
    /// The MIME structure of a message as the server parsed it (RFC 9051, section 7.5.2).
    public indirect enum BodyStructure: Sendable, Hashable {
        case part(Part)
        case multipart(Multipart)

        /// A name with its value: `charset`, `utf-8`.
        public struct Parameter: Sendable, Hashable {
            public let name: String
            public let value: Text

            public init(name: String, value: Text) {
                self.name = name
                self.value = value
            }
        }

        public struct Disposition: Sendable, Hashable {
            /// Lower case: `attachment`, `inline`.
            public let type: String
            public let parameters: [Parameter]

            public init(type: String, parameters: [Parameter] = []) {
                self.type = type
                self.parameters = parameters
            }
        }

        /// What BODYSTRUCTURE tells beyond BODY.
        public struct Extras: Sendable, Hashable {
            public var md5: Text?
            public var disposition: Disposition?
            public var languages: [Text] = []
            public var location: Text?

            public init() {}
        }

        public struct Part: Sendable, Hashable {
            /// Lower case: `text`.
            public var type: String
            /// Lower case: `plain`.
            public var subtype: String
            public var parameters: [Parameter] = []
            public var contentID: Text?
            public var description: Text?
            /// Lower case: `base64`; empty when the server said NIL.
            public var encoding: String = ""
            /// Bytes in transfer encoding.
            public var size: UInt64 = 0
            /// Lines in transfer encoding, for text and message/rfc822.
            public var lines: UInt64?
            /// For message/rfc822 and message/global.
            public var envelope: Envelope?
            public var message: BodyStructure?
            public var extras = Extras()

            public init(type: String, subtype: String) {
                self.type = type
                self.subtype = subtype
            }
        }

        public struct Multipart: Sendable, Hashable {
            public var parts: [BodyStructure]
            /// Lower case: `alternative`.
            public var subtype: String
            public var parameters: [Parameter] = []
            public var extras = Extras()

            public init(parts: [BodyStructure], subtype: String) {
                self.parts = parts
                self.subtype = subtype
            }
        }
    }
}
