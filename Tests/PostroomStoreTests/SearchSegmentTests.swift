import PostroomCore
import Testing

@testable import PostroomStore

@Suite("The full text index")
struct SearchSegmentTests {
    private static let vocabulary = ["apple", "apples", "app", "pear", "pears", "счет", "счета", "東京", "a", "zebra", "zoo"]

    /// Words of an email, a few of them in each field.
    private static func text(_ generator: inout SystemRandomNumberGenerator) -> SearchText {
        func words(_ most: Int) -> String {
            (0..<Int.random(in: 0...most, using: &generator)).map { _ in vocabulary.randomElement(using: &generator) ?? "a" }
                .joined(separator: " ")
        }
        return SearchText(subject: words(4), from: words(2), to: words(2), cc: words(1), bcc: words(1), body: words(30))
    }

    /// What a term finds, by looking at the words themselves.
    private static func matches(_ text: SearchText, _ term: SearchTerm, _ field: SearchField?) -> Bool {
        let fields = IndexBatch.Field.allCases.filter { field == nil || $0.rawValue == Int(field?.rawValue ?? 0) }
        return fields.contains { field in
            let words = text[keyPath: field.text].split(separator: " ").map(String.init)
            return term.alternatives.enumerated().contains { index, phrase in
                words.indices.contains { start in
                    guard start + phrase.count <= words.count else { return false }
                    return phrase.indices.allSatisfy { offset in
                        let word = words[start + offset]
                        let isBeginning = term.isPrefix && index == 0 && offset == phrase.count - 1
                        return isBeginning ? word.hasPrefix(phrase[offset]) : word == phrase[offset]
                    }
                }
            }
        }
    }

    @Test("finds what the words themselves say, in one segment or many, before and after merging")
    func equalsPlainReading() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        var generator = SystemRandomNumberGenerator()
        var texts: [EmailID: SearchText] = [:]
        for batch in 0..<60 {
            let messages = (0..<3).map { index -> IncomingEmail in
                var email = IncomingEmail.sample(UInt32(batch * 3 + index + 1), messageID: "m\(batch).\(index)@x", source: [65])
                email.searchText = nil
                return email
            }
            let ids = try await fixture.add(messages, to: inbox)
            let part = ids.map { (email: $0, text: Self.text(&generator)) }
            for item in part { texts[item.email] = item.text }
            try await store.index(part, of: account)
        }
        // Single messages leave small segments, which become one by themselves.
        let live = try await store.read { try SearchSegments(connection: $0, account: account).live() }
        #expect(live.count < SearchMerge.fanIn * 2)
        #expect(try await store.integrityProblems(of: account).isEmpty)

        let words = Self.vocabulary
        var terms = words.map { SearchTerm(alternatives: [[$0]]) } + words.map { SearchTerm(alternatives: [[$0]], isPrefix: true) }
        terms += words.flatMap { one in words.map { SearchTerm(alternatives: [[one, $0]]) } }
        terms += words.map { SearchTerm(alternatives: [["apple", "pear", $0], ["zoo"]], isPrefix: true) }
        terms += [SearchTerm(alternatives: [["nothing"]]), SearchTerm(alternatives: [["zzz"]], isPrefix: true)]
        let asked = terms
        func compare() async throws {
            let found = try await store.read { connection in
                let lookup = try SearchLookup(connection, account: account)
                return try asked.map { term in
                    try ([nil] + SearchField.allCases.map { $0 }).map { try lookup.emails(with: [term], in: $0).ids }
                }
            }
            for (term, sets) in zip(asked, found) {
                for (field, ids) in zip([nil] + SearchField.allCases.map { $0 }, sets) {
                    let expected = texts.filter { Self.matches($0.value, term, field) }.map(\.key.value).sorted()
                    #expect(ids == expected, "\(term) in \(String(describing: field))")
                }
            }
        }
        try await compare()

        // All of it into one, as a large merge does it: step by step.
        let merged = try await store.read { connection in
            let segments = SearchSegments(connection: connection, account: account)
            var blocks: [SearchBlock] = []
            while true {
                var merge = try SearchMerge(
                    live.map(\.id), emails: nil, after: blocks.last?.lastKey ?? []
                ) { try segments.page(of: $0, $1, limit: 2) }
                let next = try merge.blocks(octets: 1)
                if next.isEmpty { return blocks }
                blocks += next
            }
        }
        try await store.write(account) { transaction in
            let segments = SearchSegments(connection: transaction.connection, account: account)
            let into = try transaction.takeIDs()
            try segments.add(into, bytes: 0, isLive: false)
            try segments.write(merged, to: into)
            try segments.replace(live.map(\.id), by: into, bytes: merged.reduce(0) { $0 + $1.size })
        }
        try await store.tidyIndex(of: account)
        #expect(try await store.read { try SearchSegments(connection: $0, account: account).dead() }.isEmpty)
        try await compare()
        #expect(try await store.integrityProblems(of: account).isEmpty)
    }

    @Test("large pieces are merged without the words of emails that are gone; what was removed lately keeps its words")
    func merging() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let filler = (0..<30_000).map { "w\($0)" }.joined(separator: " ")
        var all: [EmailID] = []
        for number in 0..<SearchMerge.fanIn {
            var email = IncomingEmail.sample(UInt32(number + 1), messageID: "m\(number)@x", source: [65])
            email.searchText = nil
            let ids = try await fixture.add([email], to: inbox)
            all += ids
            try await store.index([(ids[0], SearchText(body: "common n\(number) \(filler)"))], of: account)
        }
        #expect(try await store.read { try SearchSegments(connection: $0, account: account).live() }.count == SearchMerge.fanIn)
        try await store.removePlacements(uids: [1, 2], in: inbox, cursor: nil, of: account)
        // The first is remembered, the second forgotten.
        let forgotten = all[1]
        try await store.write(account) { transaction in
            _ = try transaction.connection.execute(
                "DELETE FROM removed_emails WHERE account_id = $1 AND email_id = $2", [account.sql, forgotten.sql])
        }
        #expect(try await fixture.ids(.text("common")).count == all.count - 2)
        try await store.tidyIndex(of: account)
        let counts = try await store.read { connection in
            let lookup = try SearchLookup(connection, account: account)
            return (
                live: try SearchSegments(connection: connection, account: account).live().count,
                blocks: try connection.row("SELECT count(DISTINCT segment_id) FROM search_blocks")?.int(0),
                found: try lookup.emails(with: [SearchTerm(alternatives: [["common"]])], in: nil).count
            )
        }
        #expect(counts.live == 1 && counts.blocks == 1)
        #expect(counts.found == all.count - 1)
        #expect(try await fixture.ids(.text("common")).count == all.count - 2)
        #expect(try await fixture.ids(.text("n5")) == [all[5]])
        var back = IncomingEmail.sample(1, messageID: "m0@x", source: [65])
        back.searchText = nil
        _ = try await fixture.add([back], to: inbox)
        #expect(try await fixture.ids(.text("n0")) == [all[0]])
    }

    @Test("more than a thousand finds are paged and counted like few")
    func many() async throws {
        let fixture = try await StoreFixture()
        let (store, account) = (fixture.store, fixture.account)
        let inbox = try #require(try await fixture.mailboxes("INBOX")["INBOX"])
        let ids = try await fixture.add(
            (1...2_500).map { .sample($0, messageID: "m\($0)@x", subject: $0 % 2 == 0 ? "even" : "odd", source: [65]) }, to: inbox)
        let even = ids.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        for filter in [EmailFilter.text("even"), .and([.inMailbox(inbox), .subject("even")]), .not([.text("odd")])] {
            let page = try await store.query(
                EmailQuery(filter: filter, sort: [], collapseThreads: false),
                window: QueryWindow(start: .position(0), limit: 5, calculateTotal: true), of: account)
            #expect(page.total == 1_250)
            #expect(Set(page.ids).isSubset(of: even) && page.ids.count == 5)
            #expect(Set(try await fixture.ids(filter)) == Set(even))
        }
    }

    @Test("damaged blocks end early")
    func damaged() {
        let blocks = SearchSegmentBuilder.blocks(of: IndexBatch((1...200).map { (EmailID($0), SearchText(body: "one two w\($0)")) }))
        for block in blocks {
            for cut in stride(from: 0, to: block.words.count, by: 7) {
                var reader = SearchBlockReader(Array(block.words.prefix(cut)) + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
                var entries = 0
                while reader.next() {
                    entries += 1
                    reader.forEachPlace(block.positions, where: { _ in true }) { _, _ in }
                }
                #expect(entries <= 202)
            }
        }
    }
}
