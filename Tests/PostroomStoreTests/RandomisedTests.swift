import MailMIME
import PostroomCore
import PostroomStore
import Testing

@Suite("A randomised series of changes on both sides")
struct RandomisedTests {
    @Test(
        "ends with store and server equal, nothing kept twice that differs, and a log that tells the whole story",
        arguments: (1...12).map { $0 } + [619, 682] as [UInt64])
    func converges(seed: UInt64) async throws {
        var run = try await RandomRun(seed: seed)
        for step in 0..<120 {
            try await run.step()
            if step % 10 == 9 {
                let problems = try await run.fixture.store.integrityProblems(of: run.fixture.account)
                #expect(problems == [], "after step \(step)")
                guard problems.isEmpty else { return }
                try await run.followLog()
            }
        }
        try await run.settle()
        #expect(try await run.fixture.store.integrityProblems(of: run.fixture.account) == [])
        try await run.followLog()
        try await run.compare()
    }
}

/// A store, the server that it mirrors, and a client that follows the store's log.
private struct RandomRun {
    let fixture: StoreFixture
    private var random: SeededGenerator
    private var server = SimulatedServer()
    private let boxes: [MailboxID]
    /// Message number to its references.
    private var messages: [[Int]] = []
    private var drafts: [BlobID: Int] = [:]
    /// What a JMAP client that only reads /changes believes to be there.
    private var client: [DataType: (state: Int64, ids: Set<Int64>)] = [:]
    /// The thread of each email that this client knows, which it never asks for again (RFC 8621 §4.1.1: immutable).
    private var threads: [EmailID: ThreadID] = [:]

    init(seed: UInt64) async throws {
        random = SeededGenerator(seed: seed)
        fixture = try await StoreFixture()
        boxes = try await fixture.mailboxes("A", "B", "C").values.sorted()
        for box in boxes { server.folders[box] = SimulatedServer.Folder() }
    }

    private mutating func box() -> MailboxID { boxes.randomElement(using: &random) ?? boxes[0] }
    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private func source(_ message: Int) -> [UInt8] { Array("Message-ID: <r\(message)@x>\r\n\r\n\(message)".utf8) }

    private func content(_ message: Int) -> EmailContent {
        EmailContent(
            size: source(message).count, messageID: "r\(message)@x", references: messages[message].map { "r\($0)@x" },
            from: [MailAddress(address: "r\(message % 4)@x")])
    }

    private func receivedAt(_ message: Int) -> Timestamp { Timestamp(seconds: 1_700_000_000 + Int64(message % 40)) }

    private func incoming(_ uid: UInt32, _ copy: SimulatedServer.Copy) -> IncomingEmail {
        IncomingEmail(
            uid: uid, keywords: copy.keywords, receivedAt: receivedAt(copy.message), content: content(copy.message),
            source: copy.message % 3 == 0 ? nil : source(copy.message), searchText: SearchText(of: content(copy.message), body: ""),
            isDeleted: copy.isDeleted)
    }

    private mutating func newMessage() -> Int {
        // References to earlier and to later messages, so that threads meet in all orders.
        let count = messages.count
        let references =
            chance(60) ? (0..<Int.random(in: 1...2, using: &random)).map { _ in Int.random(in: 0..<count + 5, using: &random) } : []
        messages.append(references.filter { $0 != count })
        return count
    }

    private func emails() async throws -> [EmailID] { try await fixture.ids(nil) }

    mutating func step() async throws {
        let (store, account) = (fixture.store, fixture.account)
        switch Int.random(in: 0..<15, using: &random) {
        case 0, 1, 2:  // New mail on the server, at times a copy of what is elsewhere.
            let target = box()
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let copy = SimulatedServer.Copy(message: newMessage(), keywords: chance(40) ? ["$seen"] : [], isDeleted: chance(5))
                _ = server.folders[target]?.add(copy)
            }
        case 3:  // Another program copies, moves or removes.
            let (from, to) = (box(), box())
            guard let (uid, copy) = server.folders[from]?.copies.sorted(by: { $0.key < $1.key }).randomElement(using: &random) else {
                return
            }
            if chance(70), from != to, server.folders[to]?.copies.values.contains(where: { $0.message == copy.message }) == false {
                _ = server.folders[to]?.add(copy)
            }
            if chance(60) { server.folders[from]?.copies[uid] = nil }
        case 4:  // Another program sets flags, on all copies alike.
            guard !messages.isEmpty else { return }
            let message = Int.random(in: 0..<messages.count, using: &random)
            let keyword = ["$seen", "$flagged", "blue"].randomElement(using: &random) ?? "$seen"
            for folder in boxes {
                for (uid, copy) in server.folders[folder]?.copies ?? [:] where copy.message == message {
                    if server.folders[folder]?.copies[uid]?.keywords.remove(keyword) == nil {
                        server.folders[folder]?.copies[uid]?.keywords.insert(keyword)
                    }
                }
            }
        case 5:
            guard chance(25) else { return }
            let target = box()
            server.folders[target]?.renumber()
            try await store.detachPlacements(in: target, of: account)
        case 6, 7: try await synchronise(box())
        case 8:  // Keywords here.
            let ids = try await emails().shuffled(using: &random).prefix(3)
            let keyword = ["$seen", "$flagged", "blue"].randomElement(using: &random) ?? "$seen"
            let adds = chance(60)
            _ = try await store.update(
                ids.map { EmailUpdate(id: $0, addKeywords: adds ? [keyword] : [], removeKeywords: adds ? [] : [keyword]) }, ifInState: nil,
                of: account)
        case 9, 10:  // Moves and copies here.
            guard let id = try await emails().randomElement(using: &random) else { return }
            let current = try await fixture.email(id).mailboxIDs
            let add = boxes.filter { !current.contains($0) && chance(50) }
            let remove = current.filter { _ in chance(50) }
            guard current.count + add.count > remove.count else { return }
            _ = try await store.update(
                [EmailUpdate(id: id, addMailboxes: Set(add), removeMailboxes: Set(remove))], ifInState: nil, of: account)
        case 11:
            let ids = try await emails()
            if chance(40), let id = ids.randomElement(using: &random) {
                _ = try await store.destroyEmails([id], ifInState: nil, of: account)
            }
        case 12:
            let message = newMessage()
            let new = NewEmail(
                source: source(message), content: content(message), searchText: SearchText(), mailboxIDs: [box()],
                keywords: ["$draft", "$seen"], receivedAt: receivedAt(message))
            guard case .stored(let blob) = try await store.createEmail(new, of: account).body else { return }
            drafts[blob] = message
        case 13:  // Another program marks something \Deleted, or takes the mark off.
            let target = box()
            guard let uid = server.folders[target]?.copies.keys.sorted().randomElement(using: &random) else { return }
            server.folders[target]?.copies[uid]?.isDeleted.toggle()
        default: try await perform(limit: Int.random(in: 1...5, using: &random), mayRefuse: true)
        }
    }

    /// Sends queued operations to the server.
    private mutating func perform(limit: Int, mayRefuse: Bool) async throws {
        for operation in try await fixture.store.dueOperations(at: fixture.clock.now(), limit: limit, of: fixture.account) {
            if mayRefuse, chance(10), !operation.isAppend {
                try await fixture.store.refuseOperation(operation.id, of: fixture.account)
                // Others may have been taken back with it.
                return
            }
            let uid = server.perform(operation.kind) { drafts[$0] }
            // Not every server names new UIDs.
            try await fixture.store.completeOperation(operation.id, newUID: chance(70) ? uid : nil, of: fixture.account)
        }
    }

    /// What a sync engine does, by plain comparison.
    private func synchronise(_ mailbox: MailboxID) async throws {
        let (store, account) = (fixture.store, fixture.account)
        guard let folder = server.folders[mailbox] else { return }
        let known = Dictionary(
            uniqueKeysWithValues: try await store.placements(in: mailbox, uids: 1...UInt32.max, of: account).map { ($0.uid, $0) })
        let fresh = folder.copies.filter { known[$0.key] == nil }.sorted { $0.key < $1.key }
        try await fixture.add(fresh.map { incoming($0.key, $0.value) }, to: mailbox, uidValidity: folder.uidValidity)
        let gone = known.keys.filter { folder.copies[$0] == nil }
        try await store.removePlacements(uids: gone.sorted(), in: mailbox, cursor: nil, of: account)
        let flags = folder.copies.filter { uid, copy in
            guard let known = known[uid] else { return false }
            return known.isHidden != copy.isDeleted || (known.isHidden ? false : known.keywords != copy.keywords)
        }
        let absent = try await store.setFlags(
            flags.sorted { $0.key < $1.key }.map {
                ServerFlags(uid: $0.key, keywords: $0.value.keywords, isDeleted: $0.value.isDeleted)
            }, in: mailbox, uidValidity: folder.uidValidity, cursor: nil, of: account)
        let back = folder.copies.filter { absent.contains($0.key) }.sorted { $0.key < $1.key }
        try await fixture.add(back.map { incoming($0.key, $0.value) }, to: mailbox, uidValidity: folder.uidValidity)
        try await store.removeDetachedPlacements(in: mailbox, of: account)
    }

    /// Until nothing is queued and everything has been compared twice: a move shows in one mailbox before it does in the other.
    mutating func settle() async throws {
        for _ in 0..<20 {
            try await perform(limit: 1000, mayRefuse: false)
            for box in boxes { try await synchronise(box) }
        }
        #expect(try await fixture.operations().isEmpty)
    }

    func compare() async throws {
        for box in boxes {
            let copies = server.folders[box]?.copies ?? [:]
            let mirrored = try await fixture.store.placements(in: box, uids: 1...UInt32.max, of: fixture.account)
            #expect(mirrored.map(\.uid) == copies.keys.sorted(), "UIDs of mailbox \(box)")
            let hidden = Set(copies.filter { $0.value.isDeleted }.map(\.key))
            #expect(Set(mirrored.filter(\.isHidden).map(\.uid)) == hidden, "what is hidden of mailbox \(box)")
            let shown = mirrored.filter { !$0.isHidden }
            let listed = try await fixture.ids(.inMailbox(box))
            #expect(Set(listed) == Set(shown.map(\.emailID)), "emails of mailbox \(box)")
            #expect(listed.count == shown.count)
            for copy in shown {
                let email = try await fixture.email(copy.emailID)
                guard let message = copies[copy.uid] else { continue }
                #expect(email.content.messageID == "r\(message.message)@x")
                if email.mailboxIDs.count == 1 { #expect(email.keywords == message.keywords) }
            }
        }
    }

    /// Reads the log from where the client stands; what it then believes must be what is there.
    mutating func followLog() async throws {
        let (store, account) = (fixture.store, fixture.account)
        for type in [DataType.email, .thread] {
            var (state, ids) = client[type] ?? (0, [])
            var hasMore = true
            while hasMore {
                let changes = try await store.changes(of: account, type: type, since: state, limit: 7)
                ids.formUnion(changes.created)
                #expect(Set(changes.updated).isSubset(of: ids), "updated what was never created: \(type)")
                ids.subtract(changes.destroyed)
                state = changes.newState
                hasMore = changes.hasMoreChanges
            }
            client[type] = (state, ids)
        }
        let emails = try await store.emails(try await self.emails(), of: account)
        #expect(client[.email]?.ids == Set(emails.map(\.id.value)))
        #expect(client[.thread]?.ids == Set(emails.map(\.threadID.value)))
        threads.merge(emails.map { ($0.id, $0.threadID) }) { known, _ in known }
        for email in emails { #expect(threads[email.id] == email.threadID, "the thread of email \(email.id) changed") }
    }
}

extension ServerOperation {
    fileprivate var isAppend: Bool { if case .append = kind { true } else { false } }
}
