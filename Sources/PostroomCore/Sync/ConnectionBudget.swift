import Synchronization

/// What an account's connection is for, the least urgent first: what a person waits for goes before what nobody waits for.
public enum ConnectionPurpose: Int, Sendable, Comparable, CaseIterable {
    /// The mirror's own, kept for as long as the account is watched.
    case mirror
    /// The outbox's look into Sent.
    case sentLook
    /// A search at the server.
    case search
    /// A message that a person opens now.
    case opening

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How many connections one account may have at once, and who gets the next one.
///
/// Providers count connections an account: Gmail allows 15, Yahoo 5, Courier 4 an address. Whoever wants to connect takes a permit first
/// and connects while holding it. Where there is none, the least urgent holder is asked to give its own up.
public final class ConnectionBudget: Sendable {
    private final class Waiter: Sendable {
        let id: Int
        let purpose: ConnectionPurpose
        let latch = Latch()

        init(id: Int, purpose: ConnectionPurpose) {
            self.id = id
            self.purpose = purpose
        }
    }

    private struct Holder {
        var purpose: ConnectionPurpose
        /// Taken out once it was asked to give its connection up; nil: it can't.
        var yield: (@Sendable () -> Void)?
    }

    private struct State {
        var limit: Int
        var holders: [Int: Holder] = [:]
        var waiters: [Waiter] = []
        var nextID = 0
        /// When the limit last moved.
        var movedAt: ContinuousClock.Instant?

        /// Takes as many waiters as there is room for.
        mutating func admitted() -> [Waiter] {
            let count = max(0, min(limit - holders.count, waiters.count))
            defer { waiters.removeFirst(count) }
            for waiter in waiters.prefix(count) { holders[waiter.id] = Holder(purpose: waiter.purpose) }
            return Array(waiters.prefix(count))
        }

        /// The least urgent holder that is less urgent than `purpose` and can be asked.
        mutating func takeYield(for purpose: ConnectionPurpose) -> (@Sendable () -> Void)? {
            let candidates = holders.filter { $0.value.purpose < purpose && $0.value.yield != nil }
            guard let least = candidates.min(by: { ($0.value.purpose, $0.key) < ($1.value.purpose, $1.key) }) else { return nil }
            holders[least.key]?.yield = nil
            return least.value.yield
        }
    }

    /// The right to one connection; given back by ``release()`` or when nobody holds it any more.
    public final class Permit: Sendable {
        private let budget: ConnectionBudget
        fileprivate let id: Int

        fileprivate init(_ budget: ConnectionBudget, _ id: Int) {
            self.budget = budget
            self.id = id
        }

        deinit { release() }

        public func release() { budget.giveBack(id) }

        /// `yield` is called once, when somebody more urgent waits for the connection.
        public func onDemand(_ yield: @escaping @Sendable () -> Void) { budget.setYield(yield, of: id) }
    }

    private let wished: Int
    private let state: Mutex<State>

    /// How long the server must have taken what it is given before one more is tried.
    static let growthPause = Duration.seconds(300)

    /// - Parameter limit: at least 1. Four keeps below what the strictest services allow, with room for the person's own mail program.
    public init(limit: Int = 4) {
        wished = max(1, limit)
        state = Mutex(State(limit: max(1, limit)))
    }

    /// Connections that may be open at once, as far as is known now.
    public var limit: Int { state.withLock { $0.limit } }

    /// Connections that have a permit.
    public var inUse: Int { state.withLock { $0.holders.count } }

    /// Who stands in line for one.
    public var waiting: Int { state.withLock { $0.waiters.count } }

    public var hasRoom: Bool { state.withLock { $0.holders.count < $0.limit } }

    /// Waits for a permit; throws `CancellationError` when the task is cancelled before there is one.
    public func acquire(_ purpose: ConnectionPurpose = .mirror) async throws -> Permit {
        let (waiter, yield) = state.withLock { state -> (Waiter, (@Sendable () -> Void)?) in
            state.nextID += 1
            let waiter = Waiter(id: state.nextID, purpose: purpose)
            guard state.holders.count >= state.limit else {
                state.holders[waiter.id] = Holder(purpose: purpose)
                waiter.latch.open()
                return (waiter, nil)
            }
            let place = state.waiters.firstIndex { $0.purpose < purpose } ?? state.waiters.count
            state.waiters.insert(waiter, at: place)
            return (waiter, state.takeYield(for: purpose))
        }
        yield?()
        await waiter.latch.wait()
        let isGranted = state.withLock { state in
            if state.holders[waiter.id] != nil { return true }
            state.waiters.removeAll { $0 === waiter }
            return false
        }
        guard isGranted else { throw CancellationError() }
        return Permit(self, waiter.id)
    }

    /// The server refused a connection because there are too many: from now on one fewer than are in use, but never none.
    public func shrink(now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            state.limit = max(1, min(state.limit, state.holders.count) - 1)
            state.movedAt = now
        }
    }

    /// A connection was taken without complaint: after a while one more may be tried, up to what was wished at first.
    public func grow(now: ContinuousClock.Instant = .now) {
        wake { state in
            guard state.limit < wished, let moved = state.movedAt, now - moved >= Self.growthPause else { return }
            state.limit += 1
            state.movedAt = now
        }
    }

    private func giveBack(_ id: Int) {
        wake { state in state.holders[id] = nil }
    }

    private func setYield(_ yield: @escaping @Sendable () -> Void, of id: Int) {
        let isWanted = state.withLock { state in
            guard let purpose = state.holders[id]?.purpose else { return false }
            // Somebody may be waiting since before the holder could be asked.
            guard state.waiters.contains(where: { $0.purpose > purpose }) else {
                state.holders[id]?.yield = yield
                return false
            }
            return true
        }
        if isWanted { yield() }
    }

    private func wake(_ change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            return state.admitted()
        }
        for waiter in admitted { waiter.latch.open() }
    }
}
