import PostroomCore
import Testing

@Suite("Threads worked out anew")
struct ThreadPartitionTests {
    private func member(_ email: Int64, _ thread: Int64, _ names: String...) -> ThreadPartition.Member {
        ThreadPartition.Member(
            email: EmailID(email), thread: ThreadID(thread), references: names.map { MessageReference(messageID: $0) })
    }

    private func threads(_ members: ThreadPartition.Member...) -> [[Int64]: Int64?] {
        Dictionary(
            uniqueKeysWithValues: ThreadPartition(members).groups.map { ($0.members.map(\.email.value), $0.thread?.value) })
    }

    @Test("what is right stays as it is")
    func unchanged() {
        #expect(threads(member(1, 10, "a"), member(2, 10, "b", "a"), member(3, 11, "c")) == [[1, 2]: 10, [3]: 11])
    }

    @Test("a thread whose parts share no name is parted; the larger part keeps the id")
    func parted() {
        #expect(
            threads(member(1, 10, "a"), member(2, 10, "c"), member(3, 10, "d", "c")) == [[1]: nil, [2, 3]: 10])
    }

    @Test("threads that share a name are joined under the id of the larger one")
    func joined() {
        #expect(
            threads(member(1, 10, "a"), member(2, 11, "b", "a"), member(3, 11, "c", "b")) == [[1, 2, 3]: 11])
    }

    @Test("emails that stand in each other's threads change places without a new id")
    func exchanged() {
        #expect(
            threads(
                member(1, 10, "a"), member(2, 10, "b", "a"), member(3, 11, "c", "a"), member(4, 11, "d"), member(5, 11, "e", "d"))
                == [[1, 2, 3]: 10, [4, 5]: 11])
    }

    @Test("emails without any name are alone")
    func nameless() {
        #expect(threads(member(1, 10), member(2, 10)) == [[1]: 10, [2]: nil])
    }
}
