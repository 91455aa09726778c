import Testing

@testable import PostroomCore

@Suite("What is listed before its source is here", .timeLimit(.minutes(2)))
struct EnvelopeTests {
    private func message(_ number: Int, references: [Int] = []) -> String {
        let named = references.isEmpty ? "" : "References: \(references.map { "<\($0)@example.test>" }.joined(separator: " "))\r\n"
        return named + SyncFixture.message(number)
    }

    @Test("conversations are those that the sources tell of, in whatever order they come")
    func conversations() async throws {
        try await SyncFixture.run { fixture in
            // The fifth names a message of each of the conversations before it.
            for (number, references) in [(1, []), (2, [1]), (3, []), (4, [3]), (5, [2, 4]), (6, [])] {
                await fixture.server.deliver(message(number, references: references), at: 1_790_000_000 + Int64(number))
            }
            try await fixture.sync()
            let emails = try await fixture.emails(in: "INBOX")
            #expect(emails.map(\.content.references.count) == [0, 1, 0, 1, 2, 0])
            let threads = emails.map(\.threadID)
            #expect(Set(threads[0...4]).count == 1)
            #expect(threads[5] != threads[0])
            let counts = try #require(try await fixture.mailbox("INBOX")).counts
            #expect(counts.totalEmails == 6 && counts.totalThreads == 2)
            #expect(try await fixture.store.integrityProblems(of: fixture.account.id).isEmpty)
            // Nothing is left for a look at all threads anew.
            let again = try await fixture.sync(isThorough: true)
            #expect(again.added == 0)
            #expect(try await fixture.emails(in: "INBOX").map(\.threadID) == threads)
        }
    }
}
