import Synchronization

/// What an account has to do now and then beside its mirror: a task is begun for it when it is wanted, and none waits for that.
///
/// An errand that is wanted again while it is under way is begun once more after its end.
final class Errands: Sendable {
    private struct State {
        var underWay: WakeSignal.Reason = []
        var again: WakeSignal.Reason = []
        var isEnded = false
    }

    private let wake = WakeSignal()
    private let state = Mutex(State())

    init(_ wanted: WakeSignal.Reason) { wake.signal(wanted) }

    var isEnded: Bool { state.withLock { $0.isEnded } }

    func want(_ errand: WakeSignal.Reason) { wake.signal(errand) }

    func end() {
        state.withLock { $0.isEnded = true }
        wake.signal(.end)
    }

    /// What is to be begun now; waits until there is something. nil: it is over.
    func next() async -> WakeSignal.Reason? {
        while true {
            await wake.wait()
            let wanted = wake.take()
            if Task.isCancelled || isEnded { return nil }
            let due = state.withLock { state in
                state.again.formUnion(wanted.intersection(state.underWay))
                let due = wanted.subtracting(state.underWay)
                state.underWay.formUnion(due)
                return due
            }
            if !due.isEmpty { return due }
        }
    }

    func done(_ errand: WakeSignal.Reason) {
        let isWantedAgain = state.withLock { state in
            state.underWay.subtract(errand)
            return state.again.remove(errand) != nil
        }
        if isWantedAgain { wake.signal(errand) }
    }
}
