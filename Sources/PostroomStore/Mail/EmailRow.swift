import MailMIME
import PostroomCore

/// An email as a row of `emails`.
enum EmailRow {
    static let columns = """
        e.id, e.thread_id, e.keywords, e.more_keywords, e.received_at, e.size, e.message_id, e.subject, e.envelope, e.sent_at, \
        e.sent_offset, e.has_attachment, e.preview, e.body, e.blob, e.reason
        """

    /// A record without its mailboxes.
    static func record(_ row: SQLRow) -> EmailRecord {
        var content = EmailContent(
            size: row.int(5), messageID: row.optional(6, SQLRow.text), subject: row.text(7),
            sentAt: row.optional(9, SQLRow.int64).map { MailDate(secondsSince1970: $0, offsetMinutes: row.int(10)) },
            hasAttachment: row.bool(11), preview: row.text(12))
        EnvelopeText.decode(row.text(8), into: &content)
        let body: BodyState =
            switch row.int(13) {
            case 1: .stored(BlobID(sha256: row.bytes(14)))
            case 2: .quarantined(reason: row.text(15))
            default: .headers
            }
        return EmailRecord(
            id: row.id(0), threadID: row.id(1), mailboxIDs: [], keywords: KeywordBits(bits: row.int64(2), more: row.text(3)).keywords,
            receivedAt: row.time(4), content: content, body: body)
    }

    static let insert = SQLInsert(
        into: "emails",
        [
            "account_id", "id", "thread_id", "received_at", "keywords", "more_keywords", "size", "has_attachment", "sent_at",
            "sent_offset", "message_id", "message_hash", "subject", "preview", "envelope", "from_key", "to_key", "subject_key",
            "body", "blob", "indexed", "server_id", "server_thread",
        ])

    /// What `server_thread` says of an email whose server has no thread ids.
    static let noServerThread: Int64 = 0

    /// The arguments of `insert`. Ids and threads are known only inside the transaction; the rest is worked out before it.
    struct Prepared: Sendable {
        var content: EmailContent
        var keywords: KeywordBits
        var receivedAt: Timestamp
        var hash: Int64
        var envelope: String
        var fromKey: String
        var toKey: String
        var subjectKey: String
        var blob: PackedBlob?
        var serverID: String?
        var serverThread: Int64

        init(
            content: EmailContent, keywords: Set<String>, receivedAt: Timestamp, source: [UInt8]?, serverID: String? = nil,
            serverThreadID: String? = nil
        ) {
            self.content = content
            self.keywords = KeywordBits(keywords)
            self.receivedAt = receivedAt
            hash = content.reference(receivedAt: receivedAt).hash
            envelope = EnvelopeText.encode(content)
            fromKey = Self.sortKey(content.from)
            toKey = Self.sortKey(content.to)
            subjectKey = Self.subjectKey(content.subject)
            blob = source.map { PackedBlob($0) }
            self.serverID = serverID
            serverThread = serverThreadID.map { MessageReference(serverThreadID: $0).hash } ?? EmailRow.noServerThread
        }

        func arguments(account: AccountID, id: EmailID, thread: ThreadID, indexed: Int) -> [SQLValue] {
            [
                account.sql, id.sql, thread.sql, receivedAt.sql, keywords.bits.sql, keywords.more.sql, content.size.sql,
                content.hasAttachment.sql, (content.sentAt?.secondsSince1970).sql, (content.sentAt?.offsetMinutes ?? 0).sql,
                (content.messageID).sql, hash.sql, Self.clean(content.subject).sql, Self.clean(content.preview).sql, envelope.sql,
                fromKey.sql, toKey.sql, subjectKey.sql, (blob == nil ? 0 : 1).sql, (blob?.id).sql, indexed.sql, serverID.sql,
                serverThread.sql,
            ]
        }

        /// PostgreSQL's text can't hold U+0000.
        static func clean(_ text: String) -> String {
            text.utf8.contains(0) ? String(text.unicodeScalars.filter { $0.value != 0 }.map(Character.init)) : text
        }

        /// RFC 8621 §4.4.2: by the name, else the address, of the first.
        private static func sortKey(_ addresses: [MailAddress]) -> String {
            guard let first = addresses.first else { return "" }
            let name = first.name ?? ""
            return clean(beginning(of: name.isEmpty ? first.address : name, characters: 60).lowercased())
        }

        /// What has no more bytes than that has no more characters, which take longer to count.
        private static func beginning(of text: String, characters count: Int) -> Substring {
            text.utf8.count <= count ? Substring(text) : text.prefix(count)
        }

        /// The base subject (RFC 5256 §2.1), near enough to sort by: without Re, Fwd and their relatives.
        private static func subjectKey(_ subject: String) -> String {
            var rest = beginning(of: subject, characters: 120)
            while true {
                rest = rest.drop { $0.isWhitespace }
                guard let colon = rest.prefix(5).firstIndex(of: ":"),
                    ["re", "fw", "fwd", "aw", "wg", "tr", "rv", "sv", "vs", "на"].contains(rest[..<colon].lowercased())
                else { break }
                rest = rest[rest.index(after: colon)...]
            }
            return clean(rest.lowercased())
        }
    }
}
