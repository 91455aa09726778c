import MailProtocol
import MailTransport
import PostroomCore
import Synchronization

/// Sync's view of one IMAP connection.
final class IMAPMailSession: MailSession {
    let abilities: SessionAbilities
    let client: IMAPClient
    let endpoint: ServerEndpoint
    let login: String
    /// Whether QRESYNC is on; nil until the first mailbox is opened. Where nothing has changed, none is, and ENABLE is a round trip less.
    private let qResync = Mutex<Bool?>(nil)
    var hasQResync: Bool { qResync.withLock { $0 } ?? false }

    /// What is known of the selected mailbox between commands.
    struct Selected {
        var exists: Int = 0
        var uidNext: UInt32 = 1
    }

    let selected = Mutex(Selected())

    init(client: IMAPClient, endpoint: ServerEndpoint, login: String) {
        self.client = client
        self.endpoint = endpoint
        self.login = login
        let known = client.capabilities
        abilities = SessionAbilities(
            idle: known.hasIdle, condStore: known.hasCondStore, qResync: known.hasQResync && known.hasEnable, move: known.hasMove,
            uidPlus: known.hasUIDPlus, listStatus: known.hasListStatus, specialUse: known.hasSpecialUse,
            emailIDs: known.hasObjectID || known.hasGmailExtensions,
            isGmail: known.hasGmailExtensions)
    }

    /// Errors of the client in the product's terms.
    func mapping<Value>(_ stage: DiagnosisStage = .sync, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            throw IMAPSessionOpener.failure(error, endpoint, login, stage)
        }
    }

    // MARK: Mailboxes

    private var statusItems: [IMAP.StatusItem] { [.messages, .uidNext, .uidValidity, .unseen, .highestModSeq] }

    func mailboxes(withStatus: Bool) async throws -> [ServerMailbox] {
        try await mapping(.folders) {
            // Without LIST-STATUS every folder costs a STATUS: sync asks for those when it comes to them.
            let items = withStatus && abilities.listStatus ? statusItems : []
            return try await client.listMailboxes(status: items).map(Self.mailbox)
        }
    }

    private static func mailbox(_ listing: MailTransport.MailboxListing) -> ServerMailbox {
        ServerMailbox(
            path: listing.mailbox.name.path, separator: listing.mailbox.delimiter.map(String.init),
            role: listing.specialUse.flatMap { MailboxRole(rawValue: $0.rawValue) }, isSelectable: listing.mailbox.isSelectable,
            isSubscribed: listing.isSubscribed, status: listing.status.flatMap(status))
    }

    func status(of path: String) async throws -> ServerMailboxStatus {
        try await mapping {
            let status = try await client.status(of: client.mailboxName(path), statusItems)
            guard let numbers = Self.status(status) else {
                throw IMAPError(.protocolViolation("STATUS without numbers"), command: "STATUS")
            }
            return numbers
        }
    }

    private static func status(_ status: IMAP.MailboxStatus) -> ServerMailboxStatus? {
        guard let validity = status.uidValidity, let next = status.uidNext, let messages = status.messages else { return nil }
        return ServerMailboxStatus(
            uidValidity: validity, uidNext: next, messages: Int(messages), unseen: status.unseen.map(Int.init),
            highestModSeq: status.highestModSeq.flatMap { $0 == 0 ? nil : $0 })
    }

    /// RFC 5161, section 3.1: ENABLE comes before the first SELECT or never.
    private func enableQResync() async throws {
        guard qResync.withLock({ $0 }) == nil else { return }
        // Without QRESYNC, not offered or refused, a plain SELECT (CONDSTORE) is enough.
        var isOn = false
        if abilities.qResync {
            do throws(IMAPError) {
                isOn = try await client.enable(["QRESYNC"]).contains("QRESYNC")
            } catch {
                switch error.cause {
                case .refused, .rejected: break
                default: throw error
                }
            }
        }
        qResync.withLock { [isOn] in $0 = isOn }
    }

    func select(_ path: String, resuming cursor: SyncCursor?) async throws -> PostroomCore.SelectedMailbox {
        try await mapping {
            try await enableQResync()
            let hasQResync = hasQResync
            var resync: IMAP.QResync?
            if hasQResync, let cursor, cursor.uidValidity > 0, cursor.highestModSeq > 0 {
                resync = IMAP.QResync(uidValidity: cursor.uidValidity, modSeq: cursor.highestModSeq)
            }
            return try await noteSelected(client.select(client.mailboxName(path), condStore: !hasQResync, qresync: resync), resync)
        }
    }

    func resume(_ path: String, from cursor: SyncCursor) async throws -> (opened: PostroomCore.SelectedMailbox?, mailboxes: [ServerMailbox])
    {
        let isOn = qResync.withLock { $0 }
        guard isOn != false, client.canResume, cursor.uidValidity > 0, cursor.highestModSeq > 0 else {
            return try await resumeInTurn(path, from: cursor)
        }
        return try await mapping(.folders) {
            let point = IMAP.QResync(uidValidity: cursor.uidValidity, modSeq: cursor.highestModSeq)
            let answer = try await client.resume(client.mailboxName(path), since: point, isEnabled: isOn == true, status: statusItems)
            qResync.withLock { $0 = answer.isEnabled }
            // A refusal is heard again where it is opened after the list, and kept.
            var opened: PostroomCore.SelectedMailbox?
            if case .success(let selection) = answer.opened { opened = try await noteSelected(selection, point) }
            return (opened, answer.listed.map(Self.mailbox))
        }
    }

    private func noteSelected(
        _ answer: MailTransport.SelectedMailbox, _ resync: IMAP.QResync?
    ) async throws -> PostroomCore.SelectedMailbox {
        let known = Selected(exists: Int(answer.exists), uidNext: answer.uidNext ?? 0)
        selected.withLock { $0 = known }
        var status = ServerMailboxStatus(
            uidValidity: answer.uidValidity, uidNext: answer.uidNext ?? 0, messages: Int(answer.exists),
            highestModSeq: answer.highestModSeq)
        if answer.uidNext == nil {
            // A server that does not tell: one above the last message.
            let last = answer.exists == 0 ? nil : try await client.search(.sequence(.uids(UIDSet(UInt32(answer.exists))))).max
            status.uidNext = (last ?? 0) + 1
            let next = status.uidNext
            selected.withLock { $0.uidNext = next }
        }
        var changes: MailboxChanges?
        if let resync, resync.uidValidity == answer.uidValidity, answer.highestModSeq != nil {
            changes = MailboxChanges(flags: answer.changed.compactMap(Self.flags), vanished: answer.vanished)
        }
        return PostroomCore.SelectedMailbox(
            status: status, permanentFlags: answer.permanentFlags.map { $0.map(\.rawValue) } ?? Self.allFlags,
            isReadOnly: answer.isReadOnly, changes: changes)
    }

    private static let allFlags = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted", "\\*"]

    static func flags(_ message: IMAP.FetchedMessage) -> FetchedFlags? {
        guard let uid = message.uid, let flags = message.flags else { return nil }
        return FetchedFlags(uid: uid, flags: flags.map(\.rawValue), modSeq: message.modSeq ?? 0)
    }

    // MARK: Writes

    func store(_ uids: UIDSet, add: [String], remove: [String], unchangedSince: UInt64?) async throws -> PostroomCore.StoreResult {
        try await mapping {
            var modified = UIDSet()
            for var piece in uids.wirePieces() {
                // The first of the two changes the mod-sequence itself.
                var precondition = unchangedSince
                if !add.isEmpty {
                    let result = try await client.store(
                        .uids(piece), .add(add.map { IMAP.Flag($0) }, silent: true), unchangedSince: precondition)
                    modified.formUnion(result.modified)
                    piece.subtract(result.modified)
                    precondition = nil
                }
                if !remove.isEmpty, !piece.isEmpty {
                    let result = try await client.store(
                        .uids(piece), .remove(remove.map { IMAP.Flag($0) }, silent: true), unchangedSince: precondition)
                    modified.formUnion(result.modified)
                }
            }
            return StoreResult(modified: modified)
        }
    }

    func move(_ uids: UIDSet, to path: String) async throws -> PostroomCore.CopiedUIDs? {
        try await mapping {
            // Without either a moved message could only be marked, and would come back as a copy.
            guard abilities.move || abilities.uidPlus else { throw IMAPError(.notOffered("MOVE or UIDPLUS"), command: "UID MOVE") }
            return Self.copied(try await client.move(uids, to: client.mailboxName(path)))
        }
    }

    func copy(_ uids: UIDSet, to path: String) async throws -> PostroomCore.CopiedUIDs? {
        try await mapping { Self.copied(try await client.copy(uids, to: client.mailboxName(path))) }
    }

    private static func copied(_ answer: MailTransport.CopiedUIDs?) -> PostroomCore.CopiedUIDs? {
        answer.map { PostroomCore.CopiedUIDs(uidValidity: $0.uidValidity, uids: $0.pairs) }
    }

    func expunge(_ uids: UIDSet) async throws {
        try await mapping {
            guard abilities.uidPlus else { throw IMAPError(.notOffered("UIDPLUS"), command: "UID EXPUNGE") }
            for piece in uids.wirePieces() {
                try await client.store(.uids(piece), .add([.deleted], silent: true))
                try await client.expunge(piece)
            }
        }
    }

    func append(_ message: [UInt8], to path: String, flags: [String], receivedAt: Timestamp) async throws -> PostroomCore.CopiedUIDs? {
        try await mapping {
            try await client.append(
                message, to: client.mailboxName(path), flags: flags.map { IMAP.Flag($0) }, date: receivedAt.seconds
            ).map { PostroomCore.CopiedUIDs(uidValidity: $0.uidValidity, uids: [0: $0.uid]) }
        }
    }

    func create(_ path: String) async throws { try await mapping { try await client.create(client.mailboxName(path)) } }

    func rename(_ path: String, to newPath: String) async throws {
        try await mapping { try await client.rename(client.mailboxName(path), to: client.mailboxName(newPath)) }
    }

    func delete(_ path: String) async throws { try await mapping { try await client.delete(client.mailboxName(path)) } }

    func subscribe(_ path: String, _ isSubscribed: Bool) async throws {
        try await mapping {
            if isSubscribed {
                try await client.subscribe(client.mailboxName(path))
            } else {
                try await client.unsubscribe(client.mailboxName(path))
            }
        }
    }

    func quotas() async throws -> [ServerQuota] {
        try await mapping {
            var found: [ServerQuota] = []
            for root in try await client.quotas(of: client.mailboxName("INBOX")) {
                for resource in root.resources {
                    let (used, limit) = (Int64(clamping: resource.usage), Int64(clamping: resource.limit))
                    let label = root.root.isEmpty ? "Mailbox" : root.root
                    switch resource.name.uppercased() {
                    case "STORAGE":
                        // Units of 1,024 octets.
                        let most = Int64.max / 1024
                        found.append(
                            ServerQuota(name: label, resource: .octets, used: min(used, most) * 1024, hardLimit: min(limit, most) * 1024))
                    case let other:
                        found.append(ServerQuota(name: "\(label) (\(other.lowercased()))", resource: .count, used: used, hardLimit: limit))
                    }
                }
            }
            return found
        }
    }

    func close() async {
        guard !Task.isCancelled else { return client.close() }
        await client.logout()
    }
}
