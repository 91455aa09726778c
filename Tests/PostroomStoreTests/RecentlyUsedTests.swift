import Testing

@testable import PostroomStore

@Suite("What is kept within a bound")
struct RecentlyUsedTests {
    @Test("what has not been used for longest goes, and no more than must")
    func bound() {
        var kept = RecentlyUsed<Int, String>(octets: 1_000)
        for key in 0..<10 { kept.set("\(key)", octets: 100, for: key) }
        #expect(kept.count == 10)
        #expect(kept.value(of: 0) == "0")
        kept.set("10", octets: 100, for: 10)
        // 1,100 octets: a quarter of the bound is made free, oldest first, but for what was used since.
        #expect(kept.count == 7)
        #expect((0...10).filter { kept.value(of: $0) != nil } == [0, 5, 6, 7, 8, 9, 10])
        // The same key again weighs what it weighs now.
        kept.set("10", octets: 10, for: 10)
        for key in 11..<14 { kept.set("\(key)", octets: 100, for: key) }
        #expect(kept.count == 10)
    }

    @Test("what is large as a part of the whole is not kept, and what it was to replace is gone")
    func large() {
        var kept = RecentlyUsed<Int, String>(octets: 1_000)
        kept.set("old", octets: 10, for: 1)
        kept.set("new", octets: 300, for: 1)
        #expect(kept.value(of: 1) == nil)
        #expect(kept.count == 0)
    }
}
