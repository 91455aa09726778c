import MailProtocol
import MailTransport
import Testing

@Suite("Connection budget", .timeLimit(.minutes(1)))
struct ConnectionBudgetTests {
    @Test("permits are counted, given back, and given to whom a person waits for") func order() async throws {
        let budget = ConnectionBudget(limit: 1)
        let first = try await budget.acquire()
        let order = Notebook<Int>()
        await withTaskGroup(of: Void.self) { group in
            for (index, priority) in [IMAPPriority.background, .normal, .interactive].enumerated() {
                group.addTask {
                    guard let permit = try? await budget.acquire(priority) else { return }
                    order.note(index)
                    permit.release()
                }
            }
            // All three must stand in line before the first permit comes back.
            while budget.waiting < 3 { await Task.yield() }
            first.release()
            first.release()
        }
        #expect(order.entries == [2, 1, 0])
        #expect(budget.inUse == 0)
    }

    @Test("a cancelled waiter leaves the line, and a permit that nobody holds comes back") func cancelled() async throws {
        let budget = ConnectionBudget(limit: 1)
        var permit: ConnectionBudget.Permit? = try await budget.acquire()
        let waiting = Task { try await budget.acquire() }
        while budget.waiting < 1 { await Task.yield() }
        waiting.cancel()
        await #expect(throws: IMAPError.self) { try await waiting.value }
        #expect(permit != nil && budget.waiting == 0)
        permit = nil
        #expect(budget.inUse == 0)
        _ = try await budget.acquire()
    }

    @Test("it shrinks below what the server refused, and grows again") func shrinks() async throws {
        let budget = ConnectionBudget(limit: 5)
        let permits = [try await budget.acquire(), try await budget.acquire(), try await budget.acquire()]
        budget.shrink()
        #expect(budget.limit == 2)
        for permit in permits { permit.release() }
        budget.shrink()
        #expect(budget.limit == 1)
        for _ in 0..<9 { budget.grow() }
        #expect(budget.limit == 5)
    }
}
