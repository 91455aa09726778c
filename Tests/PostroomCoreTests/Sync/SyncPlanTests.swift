import MailProtocol
import Testing

@testable import PostroomCore

@Suite("What to do about a mailbox, by its numbers")
struct SyncPlanTests {
    static let qResync = SessionAbilities(idle: true, condStore: true, qResync: true)
    static let condStore = SessionAbilities(idle: true, condStore: true)
    static let plain = SessionAbilities()

    static func selected(
        validity: UInt32 = 1, next: UInt32 = 101, messages: Int = 100, modSeq: UInt64? = 50, changes: MailboxChanges? = nil
    ) -> SelectedMailbox {
        SelectedMailbox(
            status: ServerMailboxStatus(uidValidity: validity, uidNext: next, messages: messages, highestModSeq: modSeq), changes: changes)
    }

    static func cursor(validity: UInt32 = 1, next: UInt32 = 101, modSeq: UInt64 = 50, oldest: UInt32 = 1, count: Int = 100) -> SyncCursor {
        SyncCursor(uidValidity: validity, uidNext: next, highestModSeq: modSeq, oldestUID: oldest, serverCount: count)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var cursor: SyncCursor
        var selected: SelectedMailbox
        var abilities: SessionAbilities
        var isThorough = false
        var steps: [SyncPlan.Step]
    }

    @Test(arguments: [
        Row(
            testDescription: "never seen: the first screen, then history", cursor: SyncCursor(), selected: selected(), abilities: qResync,
            steps: [.begin(newest: 50), .history]),
        Row(
            testDescription: "never seen and empty: nothing to fetch", cursor: SyncCursor(), selected: selected(next: 1, messages: 0),
            abilities: qResync, steps: [.begin(newest: 0)]),
        Row(
            testDescription: "another UIDVALIDITY: everything is found again", cursor: cursor(validity: 7), selected: selected(),
            abilities: qResync, steps: [.renumbered, .history]),
        Row(
            testDescription: "QRESYNC told what changed", cursor: cursor(modSeq: 40),
            selected: selected(changes: MailboxChanges(flags: [FetchedFlags(uid: 3, flags: [])], vanished: [4])), abilities: qResync,
            steps: [.told(MailboxChanges(flags: [FetchedFlags(uid: 3, flags: [])], vanished: [4])), .removals]),
        Row(
            testDescription: "arrivals come before what QRESYNC says is gone", cursor: cursor(next: 90, modSeq: 40),
            selected: selected(changes: MailboxChanges(vanished: [4])), abilities: qResync,
            steps: [.arrivals(from: 90), .told(MailboxChanges(vanished: [4])), .removals]),
        Row(
            testDescription: "CONDSTORE: flags since the mod-sequence, removals by the counts", cursor: cursor(modSeq: 40),
            selected: selected(), abilities: condStore, steps: [.changes(since: 40), .removals]),
        Row(
            testDescription: "CONDSTORE and nothing changed", cursor: cursor(), selected: selected(), abilities: condStore,
            steps: [.removals]),
        Row(
            testDescription: "neither: flags of the newest are compared", cursor: cursor(modSeq: 0), selected: selected(modSeq: nil),
            abilities: plain, steps: [.compareFlags(newest: 500), .removals]),
        Row(
            testDescription: "neither, thorough: all flags are compared", cursor: cursor(modSeq: 0), selected: selected(modSeq: nil),
            abilities: plain, isThorough: true, steps: [.compareFlags(newest: nil), .removals]),
        Row(
            testDescription: "the mailbox keeps no mod-sequences although the server can", cursor: cursor(modSeq: 0),
            selected: selected(modSeq: nil), abilities: condStore, steps: [.compareFlags(newest: 500), .removals]),
        Row(
            testDescription: "history goes on where it stopped", cursor: cursor(oldest: 51), selected: selected(), abilities: condStore,
            steps: [.removals, .history]),
    ])
    func steps(_ row: Row) {
        let plan = SyncPlan(cursor: row.cursor, selected: row.selected, abilities: row.abilities, isThorough: row.isThorough)
        #expect(plan.steps == row.steps)
    }

    @Test("A mailbox whose numbers are as they were is not visited")
    func visits() {
        let status = ServerMailboxStatus(uidValidity: 1, uidNext: 101, messages: 100, unseen: 3, highestModSeq: 50)
        func visits(_ cursor: SyncCursor, _ abilities: SessionAbilities, unread: Int = 3) -> Bool {
            SyncPlan.needsVisit(cursor, status, abilities: abilities, unread: unread)
        }
        #expect(!visits(Self.cursor(), Self.condStore))
        #expect(!visits(Self.cursor(), Self.condStore, unread: 9))
        #expect(visits(Self.cursor(modSeq: 49), Self.condStore))
        #expect(visits(Self.cursor(next: 100), Self.condStore))
        #expect(visits(Self.cursor(count: 101), Self.condStore))
        #expect(visits(Self.cursor(validity: 2), Self.condStore))
        #expect(visits(Self.cursor(oldest: 5), Self.condStore))
        #expect(!visits(Self.cursor(), Self.plain))
        #expect(visits(Self.cursor(), Self.plain, unread: 2))
    }

    @Test("A stop between additions and removals leaves a cursor that finds the removals again")
    func cursorBeforeRemovals() {
        let old = Self.cursor(next: 90, modSeq: 40, count: 80)
        let new = Self.cursor(next: 101, modSeq: 50, count: 85)
        let between = SyncPlan.cursorBeforeRemovals(old: old, new: new, arrived: 11)
        #expect(between.uidNext == 101)
        #expect(between.highestModSeq == 40)
        #expect(SyncPlan.removalCount(before: between.serverCount, arrived: 0, now: 85) == 6)
    }

    @Test("Many removals at once need proof, few do not")
    func confirmation() {
        #expect(!SyncPlan.needsConfirmation(removing: 20, of: 30))
        #expect(SyncPlan.needsConfirmation(removing: 21, of: 100))
        #expect(!SyncPlan.needsConfirmation(removing: 500, of: 10_000))
        #expect(SyncPlan.needsConfirmation(removing: 1_001, of: 10_000))
    }

    @Test("Fetches are bounded in bytes and number, newest first, large messages apart")
    func batches() {
        let messages = (1...10).map { MessageSize(uid: UInt32($0), size: $0 == 5 ? 2 << 20 : 400_000) }
        let batches = FetchBatches(messages, bytes: 1_000_000, count: 3)
        #expect(batches.headersOnly == [5])
        #expect(batches.now == [[9, 10], [7, 8], [4, 6], [2, 3], [1]])
        #expect(FetchBatches(messages, bytes: .max, count: 3).now.map(\.count) == [3, 3, 3])
    }
}
