extension IMAP {
    /// A message's header as the server cut it up (RFC 9051, section 7.5.2). Texts are raw: RFC 2047 words are not decoded.
    public struct Envelope: Sendable, Hashable {
        public struct Address: Sendable, Hashable {
            public let name: Text?
            /// The obsolete source route.
            public let route: Text?
            /// Before the `@`; the name of the group where `host` is nil; nil at the end of a group.
            public let mailbox: Text?
            public let host: Text?

            public init(name: Text?, route: Text? = nil, mailbox: Text?, host: Text?) {
                self.name = name
                self.route = route
                self.mailbox = mailbox
                self.host = host
            }
        }

        public var date: Text?
        public var subject: Text?
        public var from: [Address]
        public var sender: [Address]
        public var replyTo: [Address]
        public var to: [Address]
        public var cc: [Address]
        public var bcc: [Address]
        public var inReplyTo: Text?
        public var messageID: Text?

        public init(
            date: Text? = nil, subject: Text? = nil, from: [Address] = [], sender: [Address] = [], replyTo: [Address] = [],
            to: [Address] = [], cc: [Address] = [], bcc: [Address] = [], inReplyTo: Text? = nil, messageID: Text? = nil
        ) {
            self.date = date
            self.subject = subject
            self.from = from
            self.sender = sender
            self.replyTo = replyTo
            self.to = to
            self.cc = cc
            self.bcc = bcc
            self.inReplyTo = inReplyTo
            self.messageID = messageID
        }
    }
}
