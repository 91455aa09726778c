import Synchronization
import Testing

@testable import PostroomCore

/// What happened, in order.
private final class Notes: Sendable {
    private let list = Mutex<[ConnectionPurpose]>([])

    var all: [ConnectionPurpose] { list.withLock { $0 } }
    func add(_ purpose: ConnectionPurpose) { list.withLock { $0.append(purpose) } }
}

@Suite("Connection budget", .timeLimit(.minutes(1)))
struct ConnectionBudgetTests {
    @Test("permits are counted, given back, and given to whom a person waits for") func order() async throws {
        let budget = ConnectionBudget(limit: 1)
        let first = try await budget.acquire()
        let order = Notes()
        await withTaskGroup(of: Void.self) { group in
            for purpose in [ConnectionPurpose.mirror, .search, .opening, .sentLook] {
                group.addTask {
                    guard let permit = try? await budget.acquire(purpose) else { return }
                    order.add(purpose)
                    permit.release()
                }
            }
            // All must stand in line before the first permit comes back.
            while budget.waiting < 4 { await Task.yield() }
            first.release()
            first.release()
        }
        #expect(order.all == [.opening, .search, .sentLook, .mirror])
        #expect(budget.inUse == 0)
    }

    @Test("a cancelled waiter leaves the line, and a permit that nobody holds comes back") func cancelled() async throws {
        let budget = ConnectionBudget(limit: 1)
        var permit: ConnectionBudget.Permit? = try await budget.acquire()
        let waiting = Task { try await budget.acquire() }
        while budget.waiting < 1 { await Task.yield() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(permit != nil && budget.waiting == 0)
        permit = nil
        #expect(budget.inUse == 0)
        _ = try await budget.acquire()
    }

    @Test("it shrinks below what the server refused, and grows again with time") func shrinks() async throws {
        let budget = ConnectionBudget(limit: 5)
        let permits = [try await budget.acquire(), try await budget.acquire(), try await budget.acquire()]
        let start = ContinuousClock.now
        budget.shrink(now: start)
        #expect(budget.limit == 2)
        for permit in permits { permit.release() }
        budget.shrink(now: start)
        #expect(budget.limit == 1)
        budget.grow(now: start + .seconds(299))
        #expect(budget.limit == 1)
        for minute in 1...60 { budget.grow(now: start + .seconds(60 * minute)) }
        #expect(budget.limit == 5)
    }

    @Test("who is less urgent is asked once to give up, whichever came first") func yields() async throws {
        let budget = ConnectionBudget(limit: 2)
        let (mirror, look) = (try await budget.acquire(.mirror), try await budget.acquire(.sentLook))
        let asked = Notes()
        mirror.onDemand { asked.add(.mirror) }
        let person = Task { try await budget.acquire(.opening) }
        // The holder is asked once the line is there.
        while budget.waiting < 1 || asked.all.isEmpty { await Task.yield() }
        #expect(asked.all == [.mirror])
        // The other holder can be asked only now: the line is already there.
        look.onDemand { asked.add(.sentLook) }
        #expect(asked.all == [.mirror, .sentLook])
        mirror.release()
        let permit = try await person.value
        let equal = Task { try await budget.acquire(.opening) }
        while budget.waiting < 1 { await Task.yield() }
        #expect(asked.all.count == 2)
        permit.release()
        try await equal.value.release()
        look.release()
        #expect(budget.inUse == 0)
    }
}

@Suite("The pace of sign-ins", .timeLimit(.minutes(1)))
struct SignInPaceTests {
    @Test("it doubles with each new refusal, halves with each success, and ends at nothing") func adapts() {
        var pace = SignInPace()
        let start = ContinuousClock.now
        var starts = [pace.takeStart(start)]
        #expect(starts == [start])
        // Eight were under way and are all refused: that is one piece of news.
        let news = (0..<8).map { _ in pace.wasThrottled(began: start, now: start + .seconds(1)) }
        #expect(news == [true] + Array(repeating: false, count: 7))
        #expect(pace.pause == .milliseconds(250))
        starts = (0..<2).map { _ in pace.takeStart(start + .seconds(1)) }
        #expect(starts == [start + .milliseconds(1_250), start + .milliseconds(1_500)])
        for round in 2...20 { _ = pace.wasThrottled(began: start + .seconds(round), now: start + .seconds(round)) }
        #expect(pace.pause == SignInPace.longest)
        for _ in 0..<9 { pace.wasTaken() }
        starts = [pace.takeStart(start)]
        #expect(pace.pause == .zero && starts == [start])
    }

    @Test("a server that refuses is asked more slowly; an account's own excess slows nobody") func gate() async throws {
        let gate = ConnectionGate()
        let failure = MailFailure(Diagnosis(stage: .signIn, cause: .tooManyConnections, side: .imap), retry: .later)
        await #expect(throws: MailFailure.self) { try await gate.enter("a", hasOthers: true) { throw failure } }
        #expect(await gate.pause(at: "a") == .zero)
        await #expect(throws: MailFailure.self) { try await gate.enter("a") { throw failure } }
        #expect(await gate.pause(at: "a") > .zero)
        #expect(await gate.pause(at: "b") == .zero)
        for _ in 0..<2 { try await gate.enter("a") {} }
        #expect(await gate.pause(at: "a") == .zero)
    }
}
