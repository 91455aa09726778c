import Foundation
import Testing

@testable import PostroomCore

@Suite("Errands beside the mirror")
struct ErrandsTests {
    @Test("what an earlier run left is begun at once, each errand by itself")
    func first() async {
        let errands = Errands([.index, .outbox])
        #expect(await errands.next() == [.index, .outbox])
    }

    @Test("an errand that is wanted again while it is under way is begun once more after its end, and only once")
    func again() async {
        let errands = Errands([.index])
        #expect(await errands.next() == [.index])
        errands.want(.index)
        errands.want(.outbox)
        #expect(await errands.next() == [.outbox])
        errands.want(.index)
        async let next = errands.next()
        errands.done(.index)
        #expect(await next == [.index])
        errands.done(.index)
        errands.end()
        #expect(await errands.next() == nil)
    }

    @Test("the end goes before what is still wanted")
    func end() async {
        let errands = Errands([.index])
        errands.end()
        #expect(errands.isEnded)
        #expect(await errands.next() == nil)
    }

    @Test("a signal ends what goes on during a wait, one that came before it too")
    func interrupt() async {
        let wake = WakeSignal()
        let ended = Latch()
        wake.signal(.syncNow)
        await wake.during {
            await ended.wait()
        } interrupt: {
            ended.open()
        }
        #expect(ended.isOpen)
        #expect(wake.take() == .syncNow)

        let second = Latch()
        async let signalled: Void = wake.signal(.outbox)
        await wake.during {
            await second.wait()
        } interrupt: {
            second.open()
        }
        await signalled
        #expect(wake.take() == .outbox)
    }

    @Test("work in the background runs on threads of its own, after everything else")
    func background() async throws {
        let names = await withTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { await BackgroundThreads.shared.run { Self.thread() } } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(names.allSatisfy { $0.hasPrefix("background") }, "\(names)")
        await #expect(throws: CancellationError.self) { try await BackgroundThreads.shared.run { throw CancellationError() } }
        #if os(Linux)
            let processes = __priority_which_t(PRIO_PROCESS.rawValue)
            #expect(await BackgroundThreads.shared.run { getpriority(processes, 0) } > getpriority(processes, 0))
        #endif
    }

    private static func thread() -> String {
        #if os(Linux)
            (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
        #else
            Thread.current.name ?? ""
        #endif
    }
}
