import MailProtocol

/// What to do about one mailbox: decided here from what the mirror holds and what the server says, done by ``SyncRunner``.
///
/// Pure, so that every case can be tested without a server.
public struct SyncPlan: Sendable, Hashable {
    public enum Step: Sendable, Hashable {
        /// Never seen before: the newest so many first, history later.
        case begin(newest: Int)
        /// Another UIDVALIDITY: every copy is looked for again by its header; nothing is lost or announced as new.
        case renumbered
        /// Flags (and, with QRESYNC, removals) since this mod-sequence.
        case changes(since: UInt64)
        /// What the answer to SELECT told already.
        case told(MailboxChanges)
        /// Messages from this UID on.
        case arrivals(from: UInt32)
        /// No CONDSTORE: flags of what is mirrored, compared window by window; `newest`: only so many of the newest.
        case compareFlags(newest: Int?)
        /// Look by UID SEARCH for what is gone, if the counts say that something is.
        case removals
        /// Messages below the oldest mirrored one.
        case history
    }

    public var steps: [Step]

    /// The newest messages of a folder that come before anything else.
    public static let firstScreen = 50

    /// Whether the numbers of LIST-STATUS or STATUS say that a mailbox must be visited at all.
    public static func needsVisit(_ cursor: SyncCursor, _ status: ServerMailboxStatus, abilities: SessionAbilities, unread: Int) -> Bool {
        if cursor.uidValidity != status.uidValidity || cursor.uidNext != status.uidNext || cursor.serverCount != status.messages {
            return true
        }
        if cursor.oldestUID > 1 { return true }
        if let modSeq = status.highestModSeq, abilities.condStore { return modSeq != cursor.highestModSeq }
        // Without mod-sequences only the number of unread messages gives a flag change away; the rest is found by comparing.
        return status.unseen.map { $0 != unread } ?? true
    }

    /// - Parameters:
    ///   - selected: the answer to SELECT, which was given the cursor.
    ///   - isThorough: compare all flags where the server has no CONDSTORE, not only those of the newest messages.
    public init(cursor: SyncCursor, selected: SelectedMailbox, abilities: SessionAbilities, isThorough: Bool) {
        let status = selected.status
        if cursor.uidValidity == 0 {
            steps = status.messages == 0 ? [.begin(newest: 0)] : [.begin(newest: Self.firstScreen), .history]
            return
        }
        if cursor.uidValidity != status.uidValidity {
            steps = [.renumbered, .history]
            return
        }
        steps = []
        // Arrivals first: a message that moved here keeps its id only if it is taken in before it is removed there.
        if status.uidNext > cursor.uidNext { steps.append(.arrivals(from: max(1, cursor.uidNext))) }
        if let changes = selected.changes {
            if !changes.flags.isEmpty || changes.vanished?.isEmpty == false { steps.append(.told(changes)) }
            // QRESYNC told what is gone; the counts are the proof, and where they disagree a search decides.
            steps.append(.removals)
        } else if abilities.condStore, let modSeq = status.highestModSeq, cursor.highestModSeq > 0 {
            if modSeq != cursor.highestModSeq { steps.append(.changes(since: cursor.highestModSeq)) }
            steps.append(.removals)
        } else {
            steps.append(.compareFlags(newest: isThorough ? nil : 500))
            steps.append(.removals)
        }
        if cursor.oldestUID > 1 { steps.append(.history) }
    }

    var hasArrivals: Bool { if case .arrivals = steps.first { true } else { false } }

    /// The flags that SELECT told: of messages below this UID, and of the others and those marked `\Deleted`.
    func told(below uid: UInt32) -> (known: [FetchedFlags], others: [FetchedFlags]) {
        var flags: [FetchedFlags] = []
        for case .told(let changes) in steps { flags += changes.flags }
        return (flags.filter { $0.uid < uid && !$0.isDeleted }, flags.filter { $0.uid >= uid || $0.isDeleted })
    }

    /// How many messages are gone, by the counts alone.
    ///
    /// `before`: the server's count at the last comparison; `arrived`: messages taken in since; `now`: its count now.
    public static func removalCount(before: Int, arrived: Int, now: Int) -> Int { before + arrived - now }

    /// Removals beyond this are confirmed by a UID SEARCH before they are applied.
    public static func needsConfirmation(removing count: Int, of mirrored: Int) -> Bool { count > max(20, mirrored / 10) }

    /// The cursor while removals are still to be applied: a stop in between must find them again.
    ///
    /// The mod-sequence stays where it was, and the count is what the server would have had without removals.
    public static func cursorBeforeRemovals(old: SyncCursor, new: SyncCursor, arrived: Int) -> SyncCursor {
        var cursor = new
        cursor.highestModSeq = old.highestModSeq
        cursor.serverCount = old.serverCount + arrived
        return cursor
    }
}

/// Messages cut into fetches that are bounded in number and bytes.
struct FetchBatches: Sendable, Hashable {
    /// Larger messages come after everything else.
    static let largeMessage = 1 << 20
    /// Larger ones stay on the server until somebody opens them.
    static let hugeMessage = 32 << 20

    /// UIDs whose source is fetched now, newest first.
    var now: [UIDSet] = []
    /// Only their headers now.
    var headersOnly = UIDSet()

    init(_ messages: [MessageSize], bytes: Int, count: Int) {
        var current: [UInt32] = []
        var size = 0
        for message in messages.sorted(by: { $0.uid > $1.uid }) {
            if message.size > Self.largeMessage {
                headersOnly.insert(message.uid)
                continue
            }
            if !current.isEmpty, size + message.size > bytes || current.count >= count {
                now.append(UIDSet(current.reversed()))
                current = []
                size = 0
            }
            current.append(message.uid)
            size += message.size
        }
        if !current.isEmpty { now.append(UIDSet(current.reversed())) }
    }
}
