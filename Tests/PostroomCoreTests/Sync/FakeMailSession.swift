import Foundation
import MailProtocol
import PostroomCore
import Synchronization

/// One session at a ``FakeMailServer``.
final class FakeMailSession: MailSession {
    let abilities: SessionAbilities
    private let server: FakeMailServer
    private let selected = Mutex("")
    private let lastSeen = Mutex<(count: Int, modSeq: UInt64)>((0, 0))
    private let signal = WakeSignal()
    private let isOpen = Mutex(true)

    init(server: FakeMailServer, abilities: SessionAbilities) {
        self.server = server
        self.abilities = abilities
    }

    private var path: String { selected.withLock { $0 } }

    private func status(_ box: FakeMailServer.Box) -> ServerMailboxStatus {
        ServerMailboxStatus(
            uidValidity: box.uidValidity, uidNext: box.uidNext, messages: box.messages.count,
            unseen: box.messages.filter { !$0.flags.contains("\\Seen") }.count, highestModSeq: abilities.condStore ? box.modSeq : nil)
    }

    func quotas() async throws -> [ServerQuota] { await server.quotas }

    func mailboxes(withStatus: Bool) async throws -> [ServerMailbox] {
        try await server.note(withStatus && abilities.listStatus ? "LIST STATUS" : "LIST")
        let boxes = await server.boxes
        return boxes.sorted { $0.key < $1.key }.map { path, box in
            ServerMailbox(path: path, role: box.role, status: withStatus && abilities.listStatus ? status(box) : nil)
        }
    }

    func status(of path: String) async throws -> ServerMailboxStatus {
        try await server.note("STATUS \(path)")
        return status(try await server.box(path))
    }

    func select(_ path: String, resuming cursor: SyncCursor?) async throws -> SelectedMailbox {
        try await server.note("SELECT \(path)")
        let box = try await server.open(path)
        selected.withLock { $0 = path }
        lastSeen.withLock { $0 = (box.messages.count, box.modSeq) }
        var changes: MailboxChanges?
        if abilities.qResync, let cursor, cursor.uidValidity == box.uidValidity, cursor.highestModSeq > 0 {
            changes = self.changes(box, since: cursor.highestModSeq)
        }
        return SelectedMailbox(
            status: status(box), permanentFlags: ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "\\*"], changes: changes)
    }

    func resume(_ path: String, from cursor: SyncCursor) async throws -> (opened: SelectedMailbox?, mailboxes: [ServerMailbox]) {
        try await resumeInTurn(path, from: cursor)
    }

    private func changes(_ box: FakeMailServer.Box, since: UInt64) -> MailboxChanges {
        MailboxChanges(
            flags: box.messages.filter { $0.modSeq > since }.map { FetchedFlags(uid: $0.uid, flags: Array($0.flags), modSeq: $0.modSeq) },
            vanished: abilities.qResync ? UIDSet(box.vanished.filter { $0.modSeq > since }.map(\.uid)) : nil)
    }

    func fetch(_ messages: MessageRange, _ what: FetchScope) async throws -> [ServerMessage] {
        try await server.note("FETCH \(what.rawValue)")
        let box = try await server.box(path)
        let found: [FakeMailServer.Message]
        switch messages {
        case .uids(let uids): found = box.messages.filter { uids.contains($0.uid) }
        case .from(let uid): found = box.messages.filter { $0.uid >= uid }
        case .newest(let count): found = box.messages.suffix(count)
        }
        let unreadable = await server.unreadable
        if what == .source || what == .beginning, found.contains(where: { unreadable.contains($0.uid) }) {
            throw FakeMailServer.refusal("internal error")
        }
        let deadly = await server.deadly
        if what != .summary, let fatal = found.first(where: { deadly.contains($0.uid) }) {
            var failure = FakeMailServer.hungUp
            failure.delivered = UIDSet(found.map(\.uid).filter { $0 < fatal.uid })
            throw failure
        }
        return found.map { message in
            let header =
                message.bytes.firstRange(of: Array("\r\n\r\n".utf8)).map { Array(message.bytes[..<$0.upperBound]) } ?? message.bytes
            return ServerMessage(
                uid: message.uid, flags: Array(message.flags), modSeq: abilities.condStore ? message.modSeq : 0,
                receivedAt: message.receivedAt, size: what == .listing ? message.bytes.count * 9 / 10 + 300 : message.bytes.count,
                bytes: Self.bytes(of: message, header: header, what),
                hasAttachment: what == .header || what == .envelope || what == .listing ? false : nil)
        }
    }

    func sizes(of uids: UIDSet) async throws -> [MessageSize] {
        try await server.note("FETCH sizes")
        return try await server.box(path).messages.filter { uids.contains($0.uid) }.map {
            MessageSize(uid: $0.uid, size: $0.bytes.count, isDeleted: KeywordMap.isDeleted(Array($0.flags)))
        }
    }

    private static func bytes(of message: FakeMailServer.Message, header: [UInt8], _ what: FetchScope) -> [UInt8]? {
        switch what {
        case .summary: nil
        case .listing: envelope(header)
        case .envelope, .header: header
        case .beginning: Array(message.bytes.prefix(FetchScope.beginningOctets))
        case .source: message.bytes
        }
    }

    /// A header without what ENVELOPE lacks.
    private static func envelope(_ header: [UInt8]) -> [UInt8] {
        let lines = String(decoding: header, as: UTF8.self).components(separatedBy: "\r\n")
        return Array(lines.filter { !$0.hasPrefix("References:") }.joined(separator: "\r\n").utf8)
    }

    var messageCount: Int { get async { await (try? server.box(path))?.messages.count ?? 0 } }

    func changes(since modSeq: UInt64) async throws -> MailboxChanges {
        try await server.note("FETCH changes")
        return changes(try await server.box(path), since: modSeq)
    }

    func search(_ criterion: ServerSearch) async throws -> UIDSet {
        try await server.note("SEARCH")
        let messages = try await server.box(path).messages
        switch criterion {
        case .all: return UIDSet(messages.map(\.uid))
        case .uids(let uids): return UIDSet(messages.map(\.uid)).intersection(uids)
        case .since(let date): return UIDSet(messages.filter { $0.receivedAt >= date }.map(\.uid))
        case .messageID(let id, _):
            return UIDSet(messages.filter { String(decoding: $0.bytes, as: UTF8.self).contains("Message-ID: <\(id)>") }.map(\.uid))
        case .words(let terms):
            return UIDSet(
                messages.filter { message in
                    let text = String(decoding: message.bytes, as: UTF8.self).lowercased()
                    return terms.allSatisfy { term in
                        switch term {
                        case .text(let word), .body(let word): text.contains(word.lowercased())
                        case .subject(let word): text.contains("subject: \(word.lowercased())")
                        case .from(let word), .to(let word), .cc(let word), .bcc(let word): text.contains(word.lowercased())
                        }
                    }
                }.map(\.uid))
        }
    }

    func store(_ uids: UIDSet, add: [String], remove: [String], unchangedSince: UInt64?) async throws -> StoreResult {
        try await server.note("STORE \(uids)")
        _ = try await server.writing(path)
        var modified = UIDSet()
        for uid in uids {
            if let unchangedSince, await server.modSeq(of: uid, in: path) > unchangedSince {
                modified.insert(uid)
                continue
            }
            var flags = await server.flags(of: uid, in: path)
            flags.formUnion(add)
            flags.subtract(remove)
            await server.setFlags(flags, of: uid, in: path)
        }
        return StoreResult(modified: modified)
    }

    func move(_ uids: UIDSet, to destination: String) async throws -> CopiedUIDs? {
        let copied = try await transfer(uids, to: destination, "MOVE")
        await server.remove(Set(uids), from: path)
        return copied
    }

    func copy(_ uids: UIDSet, to destination: String) async throws -> CopiedUIDs? { try await transfer(uids, to: destination, "COPY") }

    private func transfer(_ uids: UIDSet, to destination: String, _ verb: String) async throws -> CopiedUIDs? {
        try await server.note("\(verb) \(uids) \(destination)")
        _ = try await server.writing(destination)
        var pairs: [UInt32: UInt32] = [:]
        for message in try await server.box(path).messages where uids.contains(message.uid) {
            pairs[message.uid] = await server.place(message.bytes, in: destination, flags: message.flags, at: message.receivedAt)
        }
        return abilities.uidPlus ? CopiedUIDs(uidValidity: try await server.box(destination).uidValidity, uids: pairs) : nil
    }

    func expunge(_ uids: UIDSet) async throws {
        try await server.note("EXPUNGE \(uids)")
        _ = try await server.writing(path)
        await server.remove(Set(uids), from: path)
    }

    func append(_ message: [UInt8], to path: String, flags: [String], receivedAt: Timestamp) async throws -> CopiedUIDs? {
        try await server.note("APPEND \(path)")
        let box = try await server.writing(path)
        let uid = await server.place(message, in: path, flags: Set(flags), at: receivedAt)
        return abilities.uidPlus ? CopiedUIDs(uidValidity: box.uidValidity, uids: [0: uid]) : nil
    }

    func create(_ path: String) async throws {
        try await server.note("CREATE \(path)")
        await server.makeBox(path)
    }

    func rename(_ path: String, to newPath: String) async throws {
        try await server.note("RENAME \(path)")
        let box = try await server.box(path)
        await server.setBox(nil, path)
        await server.setBox(box, newPath)
    }

    func delete(_ path: String) async throws {
        try await server.note("DELETE \(path)")
        _ = try await server.box(path)
        await server.setBox(nil, path)
    }

    func subscribe(_ path: String, _ isSubscribed: Bool) async throws { try await server.note("SUBSCRIBE \(path)") }

    func waitForChanges(atMost limit: Duration) async throws -> [SessionEvent] {
        await server.listen(self, to: path, signal)
        defer { Task { [server, self] in await server.stopListening(self) } }
        let before = lastSeen.withLock { $0 }
        let now = try await server.box(path)
        // What happened between the last command and this wait is told at once, as a server does.
        if now.messages.count == before.count, now.modSeq == before.modSeq { await signal.wait(atMost: limit) }
        try Task.checkCancellation()
        _ = signal.take()
        try await server.note("IDLE")
        let after = try await server.box(path)
        lastSeen.withLock { $0 = (after.messages.count, after.modSeq) }
        if after.messages.count > before.count { return [.arrived] }
        if after.messages.count < before.count { return [.removed] }
        return after.modSeq > before.modSeq ? [.flagsChanged] : []
    }

    func stopWaiting() { signal.signal(.outbox) }

    func watchAllMailboxes() async throws -> Bool { false }

    func ping() async throws -> [SessionEvent] {
        try await server.note("NOOP")
        return []
    }

    func close() async {
        let isFirst = isOpen.withLock { open in
            defer { open = false }
            return open
        }
        if isFirst { await server.closed() }
    }
}
