import MailProtocol
import MailTransport
import PostroomCore

extension IMAPMailSession {
    var messageCount: Int { selected.withLock { $0.exists } }

    func fetch(_ messages: MessageRange, _ what: FetchScope) async throws -> [ServerMessage] {
        try await mapping {
            switch messages {
            case .uids(let uids):
                var found: [ServerMessage] = []
                for piece in uids.wirePieces() { found += try await fetchSet(.uids(piece), what) }
                return found
            case .from(let uid):
                // "n:*" always names the last message, also where it is below n.
                return try await fetchSet(.from(uid), what).filter { $0.uid >= uid }
            case .newest(let count):
                let found = try await fetchNewest(count, what)
                // An envelope that can't be read would cost its message.
                guard what.isEnvelope, found.count < min(count, selected.withLock({ $0.exists })) else { return found }
                return try await fetchNewest(count, .header)
            }
        }
    }

    /// Envelopes; in place of those that lack what makes a message known, headers.
    private func fetchEnvelopes(_ set: IMAP.MessageSet, _ what: FetchScope) async throws -> [ServerMessage] {
        var found = try await fetchItems(set, what)
        let bare = UIDSet(found.filter { $0.bytes == nil }.map(\.uid))
        guard !bare.isEmpty else { return found }
        let headers = Dictionary(try await fetchItems(.uids(bare), .header).map { ($0.uid, $0) }, uniquingKeysWith: { first, _ in first })
        for index in found.indices { found[index] = headers[found[index].uid] ?? found[index] }
        return found
    }

    private func fetchSet(_ set: IMAP.MessageSet, _ what: FetchScope) async throws -> [ServerMessage] {
        what.isEnvelope ? try await fetchEnvelopes(set, what) : try await fetchItems(set, what)
    }

    /// In one round trip where UIDs are dense enough to guess at, else in two.
    private func fetchNewest(_ count: Int, _ what: FetchScope) async throws -> [ServerMessage] {
        let (exists, uidNext) = selected.withLock { ($0.exists, $0.uidNext) }
        guard exists > 0, count > 0 else { return [] }
        if exists <= count { return try await fetchSet(.all, what) }
        // Nothing was ever removed: the last UIDs are the last messages. Else three times as many UIDs hold as many messages mostly.
        let isDense = Int(uidNext) == exists + 1
        let span = UInt32(isDense ? count : count * 3)
        let guess = uidNext > span ? try await fetchSet(.from(uidNext - span), what) : []
        if guess.count >= count { return Array(guess.sorted { $0.uid < $1.uid }.suffix(count)) }
        let first = UInt32(exists - count + 1)
        let uids = try await client.search(.sequence(.uids(UIDSet(first...UInt32(exists)))))
        return try await fetchSet(.uids(uids), what)
    }

    private func fetchItems(_ set: IMAP.MessageSet, _ what: FetchScope) async throws -> [ServerMessage] {
        var items: [IMAP.FetchItem] = [.uid, .flags, .internalDate, .modSeq, .emailID, .threadID, .gmailMessageID, .gmailThreadID]
        if what != .listing { items.append(.size) }
        switch what {
        case .summary: break
        case .envelope: items += [.bodyStructure, .envelope, .body(IMAP.Section(text: .headerFields(["References"])))]
        case .listing: items += [.bodyStructure, .envelope]
        case .header: items += [.bodyStructure, .body(.header)]
        case .beginning: items.append(.body(.whole, partial: .init(offset: 0, count: UInt64(FetchScope.beginningOctets))))
        case .source: items.append(.body(.whole))
        }
        var found: [ServerMessage] = []
        do {
            try await mapping { try await read(try await client.fetchEvents(set, items: items), what) { found.append($0) } }
        } catch var failure as MailFailure {
            // Dovecot ends the answer of the message that it can't read without its text, and then hangs up.
            failure.delivered = UIDSet(found.filter { what == .summary || $0.bytes != nil }.map(\.uid))
            throw failure
        }
        return found
    }

    /// Bytes of a message that is taken whole. Mail services end at 150 MB; what a server sends beyond that is let pass and not kept.
    private static let largestMessage: UInt64 = 256 << 20

    private func read(_ events: FetchEventStream, _ what: FetchScope, take: (ServerMessage) -> Void) async throws {
        var large: [UInt8]?
        var assembled: [UInt8]?
        for try await event in events {
            switch event {
            case .literal(let literal):
                large = literal.size <= Self.largestMessage ? [] : nil
                large?.reserveCapacity(Int(clamping: min(literal.size, 64 << 20)))
            case .literalBytes(let bytes): large?.append(contentsOf: bytes)
            case .literalEnd:
                assembled = large
                large = nil
            case .message(let message):
                if let read = Self.read(message, what, assembled: assembled) { take(read) }
                assembled = nil
            case .vanished: break
            }
        }
    }

    private static func read(_ message: IMAP.FetchedMessage, _ what: FetchScope, assembled: [UInt8]?) -> ServerMessage? {
        guard let uid = message.uid else { return nil }
        // A FETCH that somebody else's flag change caused has neither size nor date.
        let estimate = what == .listing ? message.bodyStructure.map(estimatedSize) : nil
        guard let size = message.size ?? estimate, let date = message.internalDate else { return nil }
        var read = ServerMessage(
            uid: uid, flags: message.flags?.map(\.rawValue) ?? [], modSeq: message.modSeq ?? 0, receivedAt: Timestamp(seconds: date),
            size: Int(clamping: size))
        if what.isEnvelope {
            read.bytes = message.envelope?.header.map { $0.dropLast(2) + references(of: message) + Array("\r\n".utf8) }
        } else {
            let section: IMAP.Section = what == .header ? .header : .whole
            switch message.body(section) {
            case .bytes(let bytes): read.bytes = Array(bytes)
            case .streamed: read.bytes = assembled
            case .missing, nil: read.bytes = nil
            }
        }
        read.hasAttachment = message.bodyStructure.map(hasAttachment)
        read.emailID = message.gmailMessageID.map { "gm:\($0)" } ?? message.emailID
        read.threadID = message.gmailThreadID.map { "gm:\($0)" } ?? message.threadID
        return read
    }

    /// The field References, with the end of its line; nothing where the answer is anything else.
    private static func references(of message: IMAP.FetchedMessage) -> [UInt8] {
        for body in message.bodies {
            guard case .headerFields = body.section.text, case .bytes(let bytes) = body.content else { continue }
            var field = Array(bytes)
            while let last = field.last, last == 0x0D || last == 0x0A { field.removeLast() }
            let name = field.prefix { $0 != UInt8(ascii: ":") }
            guard String(decoding: name, as: UTF8.self).lowercased() == "references" else { continue }
            // One line, whatever it was.
            for index in field.indices where field[index] < 32 { field[index] = 32 }
            return field + Array("\r\n".utf8)
        }
        return []
    }

    /// What the parts take, and something for headers.
    private static func estimatedSize(_ structure: IMAP.BodyStructure) -> UInt64 {
        switch structure {
        case .multipart(let multipart): multipart.parts.reduce(200) { $0 &+ estimatedSize($1) }
        case .part(let part): 400 &+ min(part.size, 1 << 40)
        }
    }

    /// What a person would call an attachment, by the structure alone.
    private static func hasAttachment(_ structure: IMAP.BodyStructure) -> Bool {
        switch structure {
        case .multipart(let multipart): return multipart.parts.contains(where: hasAttachment)
        case .part(let part):
            if part.extras.disposition?.type == "attachment" { return true }
            if part.type == "text" || part.type == "multipart" { return false }
            if part.extras.disposition?.type == "inline" || part.contentID != nil { return false }
            // A signature is no attachment.
            return !(part.type == "application" && (part.subtype == "pgp-signature" || part.subtype == "pkcs7-signature"))
        }
    }

    func sizes(of uids: UIDSet) async throws -> [MessageSize] {
        try await mapping {
            var sizes: [MessageSize] = []
            for piece in uids.wirePieces() {
                for try await message in try await client.fetch(.uids(piece), items: [.uid, .flags, .size]) {
                    guard let uid = message.uid, let size = message.size else { continue }
                    sizes.append(
                        MessageSize(
                            uid: uid, size: Int(clamping: size), isDeleted: KeywordMap.isDeleted(message.flags?.map(\.rawValue) ?? [])))
                }
            }
            return sizes
        }
    }

    func changes(since modSeq: UInt64) async throws -> MailboxChanges {
        try await mapping {
            var changes = MailboxChanges(vanished: hasQResync ? UIDSet() : nil)
            for try await event in try await client.fetchEvents(.all, items: [.flags, .modSeq], changedSince: modSeq, vanished: hasQResync)
            {
                switch event {
                case .message(let message):
                    if let flags = Self.flags(message) { changes.flags.append(flags) }
                case .vanished(let uids): changes.vanished?.formUnion(uids)
                default: break
                }
            }
            return changes
        }
    }

    private static func key(_ term: ServerSearchTerm) -> IMAP.SearchKey {
        switch term {
        case .text(let text): .text(text)
        case .from(let text): .from(text)
        case .to(let text): .to(text)
        case .cc(let text): .cc(text)
        case .bcc(let text): .bcc(text)
        case .subject(let text): .subject(text)
        case .body(let text): .body(text)
        }
    }

    func search(_ criterion: ServerSearch) async throws -> UIDSet {
        try await mapping {
            switch criterion {
            case .all: return try await client.search(.all)
            case .uids(let uids):
                var found = UIDSet()
                for piece in uids.wirePieces() { found.formUnion(try await client.search(.uids(.uids(piece)))) }
                return found
            case .since(let date): return try await client.search(.since(IMAP.Day(epochSeconds: date.seconds)))
            case .messageID(let id, let since):
                let key = IMAP.SearchKey.header(field: "Message-ID", contains: id)
                guard let since else { return try await client.search(key) }
                return try await client.search(.and([.since(IMAP.Day(epochSeconds: since.seconds)), key]))
            case .words(let terms): return try await client.search(.and(terms.map(Self.key)))
            }
        }
    }
}

extension FetchScope {
    fileprivate var isEnvelope: Bool { self == .envelope || self == .listing }
}
