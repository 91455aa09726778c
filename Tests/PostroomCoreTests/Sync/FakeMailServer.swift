import MailProtocol
import PostroomCore
import Synchronization

/// A mail server in memory, told apart from a real one only by its lack of a network: UIDs, UIDVALIDITY, mod-sequences, flags.
///
/// A fake, not a mock: it keeps state and answers from it, and a test looks at that state.
actor FakeMailServer: MailSessionOpening {
    struct Message: Sendable {
        var uid: UInt32
        var flags: Set<String>
        var modSeq: UInt64
        var receivedAt: Timestamp
        var bytes: [UInt8]
    }

    struct Box: Sendable {
        var uidValidity: UInt32
        var uidNext: UInt32 = 1
        var modSeq: UInt64 = 1
        var role: MailboxRole?
        var messages: [Message] = []
        /// UIDs that are gone, each with the mod-sequence of its removal.
        var vanished: [(uid: UInt32, modSeq: UInt64)] = []
    }

    private(set) var boxes: [String: Box] = [:]
    let abilities: SessionAbilities
    /// What sessions were asked, in order: a round trip each.
    private(set) var log: [String] = []
    /// UIDs whose source the server refuses to give.
    var unreadable: Set<UInt32> = []
    /// UIDs that the server hangs up on when anything of them but the numbers is asked for.
    var deadly: Set<UInt32> = []
    /// So many connections at once, and no more.
    private var mostOpen = Int.max
    private(set) var nowOpen = 0
    /// The connection breaks when so many more commands have been asked.
    var breaksAfter: Int?
    /// Mailboxes that can't be opened.
    private var locked: Set<String> = []
    /// What comes to the inbox at the moment that a command is asked.
    private var surprises: [String: String] = [:]
    /// The next write is refused for good.
    var refusesWrites = false
    private var isRefusingSignIn: MailFailure?
    private var waiters: [ObjectIdentifier: (path: String, signal: WakeSignal)] = [:]
    private(set) var opened = 0
    /// What the server tells of its quotas.
    var quotas: [ServerQuota] = []

    init(
        abilities: SessionAbilities = SessionAbilities(
            idle: true, condStore: true, qResync: true, move: true, uidPlus: true, listStatus: true)
    ) {
        self.abilities = abilities
        boxes["INBOX"] = Box(uidValidity: 100)
        boxes["Sent"] = Box(uidValidity: 101, role: .sent)
        boxes["Drafts"] = Box(uidValidity: 102, role: .drafts)
        boxes["Archive"] = Box(uidValidity: 103, role: .archive)
    }

    func open(_ connection: ConnectionDetails) async throws -> any MailSession {
        if let failure = isRefusingSignIn { throw failure }
        guard nowOpen < mostOpen else {
            throw MailFailure(
                Diagnosis(stage: .signIn, cause: .tooManyConnections, side: .imap, serverText: "Maximum number of connections"),
                retry: .later, isConnectionUsable: true)
        }
        opened += 1
        nowOpen += 1
        return FakeMailSession(server: self, abilities: abilities)
    }

    // MARK: What a test does

    func refuseSignIn(_ failure: MailFailure?) { isRefusingSignIn = failure }
    func breakAfter(_ commands: Int?) { breaksAfter = commands }
    func lock(_ paths: Set<String>) { locked = paths }
    func deliver(_ text: String, when command: String) { surprises[command] = text }
    func refuseWrites(_ refuses: Bool) { refusesWrites = refuses }
    func makeUnreadable(_ uids: Set<UInt32>) { unreadable = uids }
    func hangUp(on uids: Set<UInt32>) { deadly = uids }
    func takeAtMost(_ connections: Int) { mostOpen = connections }
    func closed() { nowOpen -= 1 }
    func forgetLog() { log = [] }
    func tellQuotas(_ told: [ServerQuota]) { quotas = told }
    func makeBox(_ path: String) { boxes[path] = Box(uidValidity: UInt32(200 + boxes.count)) }
    func removeBox(_ path: String) { boxes[path] = nil }

    @discardableResult
    func deliver(_ text: String, to path: String = "INBOX", flags: Set<String> = [], at seconds: Int64 = 1_700_000_000) -> UInt32 {
        let uid = place(Array(text.utf8), in: path, flags: flags, at: Timestamp(seconds: seconds))
        tell(path)
        return uid
    }

    func setFlags(_ flags: Set<String>, of uid: UInt32, in path: String) {
        change(path) { box in
            guard let index = box.messages.firstIndex(where: { $0.uid == uid }) else { return }
            box.modSeq += 1
            box.messages[index].flags = flags
            box.messages[index].modSeq = box.modSeq
        }
        tell(path)
    }

    func remove(_ uids: Set<UInt32>, from path: String) {
        change(path) { box in
            box.modSeq += 1
            box.messages.removeAll { uids.contains($0.uid) }
            box.vanished += uids.map { ($0, box.modSeq) }
        }
        tell(path)
    }

    /// QRESYNC may tell of what no client has ever seen.
    func sayVanished(_ uids: [UInt32], from path: String) {
        change(path) { box in
            box.modSeq += 1
            box.vanished += uids.map { ($0, box.modSeq) }
        }
    }

    func moveMessages(_ uids: Set<UInt32>, from: String, to: String) {
        for message in boxes[from]?.messages ?? [] where uids.contains(message.uid) {
            place(message.bytes, in: to, flags: message.flags, at: message.receivedAt)
        }
        remove(uids, from: from)
        tell(to)
    }

    /// All messages get new numbers, as after a restore from backup.
    func renumber(_ path: String) {
        change(path) { box in
            box.uidValidity += 1_000
            box.vanished = []
            box.uidNext = UInt32(box.messages.count) + 11
            for index in box.messages.indices { box.messages[index].uid = UInt32(index) + 11 }
        }
    }

    func uids(in path: String) -> [UInt32] { boxes[path]?.messages.map(\.uid) ?? [] }
    func modSeq(of uid: UInt32, in path: String) -> UInt64 { boxes[path]?.messages.first { $0.uid == uid }?.modSeq ?? 0 }

    func flags(of uid: UInt32, in path: String) -> Set<String> { boxes[path]?.messages.first { $0.uid == uid }?.flags ?? [] }
    func sources(in path: String) -> [String] { boxes[path]?.messages.map { String(decoding: $0.bytes, as: UTF8.self) } ?? [] }

    // MARK: What sessions ask

    func note(_ command: String) throws {
        log.append(command)
        if let text = surprises.removeValue(forKey: command) { deliver(text) }
        if let left = breaksAfter {
            guard left > 0 else { throw Self.broken }
            breaksAfter = left - 1
        }
    }

    static let broken = MailFailure(Diagnosis(stage: .sync, cause: .connectionLost, side: .imap), retry: .later)

    static let hungUp = MailFailure(
        Diagnosis(stage: .sync, cause: .serverUnavailable, side: .imap, serverText: "FETCH failed: Internal error"), retry: .later)

    static func refusal(_ text: String, _ cause: DiagnosisCause = .mailboxUnavailable) -> MailFailure {
        MailFailure(Diagnosis(stage: .sync, cause: cause, side: .imap, serverText: text), retry: .never, isConnectionUsable: true)
    }

    func box(_ path: String) throws -> Box {
        guard let box = boxes[path] else { throw Self.refusal("no such mailbox") }
        return box
    }

    func open(_ path: String) throws -> Box {
        if locked.contains(path) { throw Self.refusal("mailbox is locked") }
        return try box(path)
    }

    func writing(_ path: String) throws -> Box {
        if refusesWrites { throw Self.refusal("read only") }
        return try box(path)
    }

    func change(_ path: String, _ body: (inout Box) -> Void) {
        guard var box = boxes[path] else { return }
        body(&box)
        boxes[path] = box
    }

    func setBox(_ box: Box?, _ path: String) { boxes[path] = box }

    @discardableResult
    func place(_ bytes: [UInt8], in path: String, flags: Set<String>, at: Timestamp) -> UInt32 {
        var uid: UInt32 = 0
        change(path) { box in
            uid = box.uidNext
            box.uidNext += 1
            box.modSeq += 1
            box.messages.append(Message(uid: uid, flags: flags, modSeq: box.modSeq, receivedAt: at, bytes: bytes))
        }
        return uid
    }

    // MARK: IDLE

    func listen(_ session: FakeMailSession, to path: String, _ signal: WakeSignal) { waiters[ObjectIdentifier(session)] = (path, signal) }
    func stopListening(_ session: FakeMailSession) { waiters[ObjectIdentifier(session)] = nil }
    var isWatched: Bool { !waiters.isEmpty }

    private func tell(_ path: String) {
        for waiter in waiters.values where waiter.path == path { waiter.signal.signal(.syncNow) }
    }
}
