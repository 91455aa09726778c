extension IMAP {
    /// Where mailboxes live (RFC 2342): one's own, other people's, shared ones.
    public struct Namespaces: Sendable, Hashable {
        public struct Namespace: Sendable, Hashable {
            /// What every mailbox name in it begins with; often empty or `INBOX.`.
            public let prefix: MailboxName
            public let delimiter: Character?

            public init(prefix: MailboxName, delimiter: Character?) {
                self.prefix = prefix
                self.delimiter = delimiter
            }
        }

        public var personal: [Namespace]
        public var otherUsers: [Namespace]
        public var shared: [Namespace]

        public init(personal: [Namespace] = [], otherUsers: [Namespace] = [], shared: [Namespace] = []) {
            self.personal = personal
            self.otherUsers = otherUsers
            self.shared = shared
        }
    }

    /// How much of a quota root is used (RFC 9208).
    public struct Quota: Sendable, Hashable {
        public struct Resource: Sendable, Hashable {
            /// `STORAGE` counts units of 1,024 bytes, `MESSAGE` messages, `MAILBOX` mailboxes.
            public let name: String
            public let usage: UInt64
            public let limit: UInt64

            public init(name: String, usage: UInt64, limit: UInt64) {
                self.name = name
                self.usage = usage
                self.limit = limit
            }
        }

        public let root: String
        public let resources: [Resource]

        public init(root: String, resources: [Resource]) {
            self.root = root
            self.resources = resources
        }
    }
}
