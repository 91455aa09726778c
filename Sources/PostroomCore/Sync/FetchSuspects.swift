import MailProtocol
import Synchronization

/// Messages that connections died of: some servers hang up instead of refusing a message that they can't read.
///
/// Lives as long as the account's work, over many connections. A fetch that a connection died in makes its first undelivered message
/// suspected; suspects are fetched alone, and one that does it again is condemned: it is not asked for any more, and quarantined.
/// Where the server gives nothing at all, or the line broke without a word, it takes more than that: the fault may be theirs.
final class FetchSuspects: Sendable {
    struct Place: Hashable, Sendable {
        var path: String
        var uidValidity: UInt32
    }

    private struct Box {
        /// Messages by the weight of what connections died of while they were fetched alone.
        var evidence: [UInt32: Int] = [:]
        /// What the server said of each the last time.
        var reasons: [UInt32: Diagnosis] = [:]
        /// A fetch of "the newest" or "from here on" died: its messages must be named one by one to find out which.
        var isVague = false
    }

    private struct State {
        var boxes: [Place: Box] = [:]
        var news: News?
    }

    enum News: Int {
        case suspicion
        /// The server gave other messages on the same connection: the fault is with this one.
        case proof
    }

    private let state = Mutex(State())

    private static let condemning = 3

    /// Suspected and condemned messages, and whether a fetch without names must be given some.
    func look(at place: Place) -> (suspected: UIDSet, condemned: UIDSet, isVague: Bool) {
        state.withLock { state in
            guard let box = state.boxes[place] else { return ([], [], false) }
            var (suspected, condemned) = (UIDSet(), UIDSet())
            for (uid, evidence) in box.evidence {
                if evidence >= Self.condemning { condemned.insert(uid) } else { suspected.insert(uid) }
            }
            return (suspected, condemned, box.isVague)
        }
    }

    func reason(of uid: UInt32, at place: Place) -> Diagnosis? { state.withLock { $0.boxes[place]?.reasons[uid] } }

    /// A connection died in a fetch of `uids` (nil: without names), of which `delivered` had come. `isProven`: it had given others.
    func blame(_ uids: UIDSet?, delivered: UIDSet, at place: Place, for diagnosis: Diagnosis, isProven: Bool) {
        state.withLock { state in
            if state.news != .proof { state.news = isProven ? .proof : .suspicion }
            guard let uids else {
                state.boxes[place, default: Box()].isVague = true
                return
            }
            guard let first = uids.subtracting(delivered).min else { return }
            let weight = uids.count > 1 ? 0 : isProven && !diagnosis.serverText.isEmpty ? Self.condemning : 1
            state.boxes[place, default: Box()].evidence[first, default: 0] += weight
            state.boxes[place]?.reasons[first] = diagnosis
        }
    }

    /// It came, alone: the line had broken by itself.
    func acquit(_ uid: UInt32, at place: Place) {
        state.withLock { state in
            state.boxes[place]?.evidence[uid] = nil
            state.boxes[place]?.reasons[uid] = nil
        }
    }

    /// A person wants everything to be tried again.
    func forgiveAll() { state.withLock { $0.boxes = [:] } }

    /// Whether anybody was blamed since the last time this was asked, and how surely.
    func takeNews() -> News? {
        state.withLock { state in
            defer { state.news = nil }
            return state.news
        }
    }
}
