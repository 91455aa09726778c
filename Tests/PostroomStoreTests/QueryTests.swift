import PostroomCore
import PostroomStore
import Testing

@Suite("Email/query")
struct QueryTests {
    /// Twelve emails in the inbox, every third in one thread, some in Archive too; returned by UID.
    private func filled() async throws -> (fixture: StoreFixture, inbox: MailboxID, archive: MailboxID, ids: [EmailID]) {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        let archive = try #require(boxes["Archive"])
        let emails = (1...12).map { (uid: UInt32) -> IncomingEmail in
            .sample(
                uid, messageID: "m\(uid)@x", references: uid % 3 == 0 ? ["root@x"] : [],
                keywords: uid % 2 == 0 ? ["$seen"] : uid == 5 ? ["$flagged", "blue"] : [], at: 1000 + Int64(uid), size: 100 * Int(uid),
                subject: uid % 2 == 0 ? "Re: beta" : "Alpha", from: "u\(13 - uid)@example.org", hasAttachment: uid > 10)
        }
        let ids = try await fixture.add(emails, to: inbox)
        try await fixture.add(Array(emails[9...]), to: archive)
        return (fixture, inbox, archive, ids)
    }

    private func uids(_ ids: [EmailID], _ all: [EmailID]) -> [Int] { ids.compactMap { id in all.firstIndex(of: id).map { $0 + 1 } } }

    @Test("filters")
    func filters() async throws {
        let (fixture, inbox, archive, ids) = try await filled()
        func found(_ filter: EmailFilter?) async throws -> [Int] { uids(try await fixture.ids(filter), ids) }
        #expect(try await found(nil) == (1...12).reversed())
        #expect(try await found(.inMailbox(archive)) == [12, 11, 10])
        #expect(try await found(.inMailboxOtherThan([inbox])) == [12, 11, 10])
        #expect(try await found(.and([.inMailbox(inbox), .not([.inMailbox(archive)])])) == (1...9).reversed())
        #expect(try await found(.and([.inMailbox(inbox), .notKeyword("$seen")])) == [11, 9, 7, 5, 3, 1])
        #expect(try await found(.or([.hasKeyword("blue"), .hasAttachment(true)])) == [12, 11, 5])
        #expect(try await found(.hasKeyword("$flagged")) == [5])
        #expect(try await found(.not([.hasKeyword("$seen"), .hasKeyword("blue")])) == [11, 9, 7, 3, 1])
        #expect(try await found(.before(Timestamp(seconds: 1003))) == [2, 1])
        #expect(try await found(.and([.inMailbox(inbox), .after(Timestamp(seconds: 1011))])) == [12, 11])
        #expect(try await found(.and([.minSize(300), .maxSize(500)])) == [4, 3])
        #expect(try await found(.someInThreadHaveKeyword("$seen")) == [12, 10, 9, 8, 6, 4, 3, 2])
        #expect(try await found(.allInThreadHaveKeyword("$seen")) == [10, 8, 4, 2])
        #expect(try await found(.and([.inMailbox(inbox), .noneInThreadHaveKeyword("$seen")])) == [11, 7, 5, 1])
        #expect(try await found(.emailIDs([ids[3], ids[1]])) == [4, 2])
        #expect(try await found(.threadID(fixture.email(ids[2]).threadID)) == [12, 9, 6, 3])
        #expect(try await found(.header(name: "Message-ID", value: "<m7@x>")) == [7])
        #expect(try await found(.header(name: "message-id", value: "M7@X")) == [7])
        #expect(try await found(.and([])) == (1...12).reversed())
        #expect(try await found(.or([])) == [])
        await #expect(throws: StoreError.unsupportedFilter(what: "header X-Spam")) {
            _ = try await found(.header(name: "X-Spam", value: nil))
        }
    }

    @Test("sorting")
    func sorting() async throws {
        let (fixture, inbox, _, ids) = try await filled()
        func sorted(_ sort: EmailSort..., filter: EmailFilter? = nil) async throws -> [Int] {
            uids(try await fixture.ids(filter, sort: sort), ids)
        }
        #expect(try await sorted(EmailSort(.receivedAt)) == Array(1...12))
        #expect(try await sorted(EmailSort(.size, isAscending: false), filter: .inMailbox(inbox)) == (1...12).reversed())
        #expect(try await sorted(EmailSort(.hasKeyword("$flagged"), isAscending: false), EmailSort(.receivedAt)).first == 5)
        #expect(
            try await sorted(EmailSort(.subject), EmailSort(.receivedAt), filter: .inMailbox(inbox))
                == [1, 3, 5, 7, 9, 11, 2, 4, 6, 8, 10, 12])
        #expect(try await sorted(EmailSort(.someInThreadHaveKeyword("blue")), EmailSort(.receivedAt)).last == 5)
        #expect(try await sorted(EmailSort(.sentAt, isAscending: false)).first == 12)
    }

    @Test("windows: positions from either end, anchors with offsets, totals")
    func windows() async throws {
        let (fixture, inbox, _, ids) = try await filled()
        func page(_ start: QueryWindow.Start, _ limit: Int?, collapse: Bool = false) async throws -> (uids: [Int], page: QueryPage) {
            let page = try await fixture.store.query(
                EmailQuery(filter: .inMailbox(inbox), collapseThreads: collapse),
                window: QueryWindow(start: start, limit: limit, calculateTotal: true), of: fixture.account)
            return (uids(page.ids, ids), page)
        }
        let first = try await page(.position(0), 3)
        #expect(first.uids == [12, 11, 10])
        #expect(first.page.total == 12)
        #expect(first.page.queryState == (try await fixture.store.states(of: fixture.account)[.email]))
        #expect(try await page(.position(10), 5).uids == [2, 1])
        #expect(try await page(.position(50), 5).uids == [])
        let last = try await page(.position(-2), 5)
        #expect(last.uids == [2, 1])
        #expect(last.page.position == 10)
        #expect(try await page(.position(-100), 1).uids == [12])
        let anchored = try await page(.anchor(ids[7].value, offset: -1), 3)
        #expect(anchored.uids == [9, 8, 7])
        #expect(anchored.page.position == 3)
        #expect(try await page(.anchor(ids[11].value, offset: -5), 2).uids == [12, 11])
        #expect(try await page(.anchor(ids[7].value, offset: 3), nil).uids == [5, 4, 3, 2, 1])
        await #expect(throws: StoreError.anchorNotFound) { _ = try await page(.anchor(4711, offset: 0), 3) }

        // 12, 9, 6 and 3 are one thread: only its newest is left.
        let collapsed = try await page(.position(0), nil, collapse: true)
        #expect(collapsed.uids == [12, 11, 10, 8, 7, 5, 4, 2, 1])
        #expect(collapsed.page.total == 9)
        #expect(try await page(.position(2), 2, collapse: true).uids == [10, 8])
        #expect(try await page(.position(-2), 2, collapse: true).uids == [2, 1])
        #expect(try await page(.anchor(ids[7].value, offset: 1), 2, collapse: true).uids == [7, 5])
    }

    @Test("a collapsed total of a filter counts conversations")
    func collapsedTotal() async throws {
        let (fixture, inbox, _, _) = try await filled()
        let page = try await fixture.store.query(
            EmailQuery(filter: .and([.inMailbox(inbox), .hasKeyword("$seen")]), collapseThreads: true),
            window: QueryWindow(limit: 2, calculateTotal: true), of: fixture.account)
        #expect(page.ids.count == 2)
        #expect(page.total == 5)
    }

    /// Pages deep in `query`, in an order in which each can be taken up from another, against the whole.
    private func checkDeepPages(_ query: EmailQuery, _ fixture: StoreFixture) async throws {
        let all = try await fixture.store.query(query, window: QueryWindow(), of: fixture.account).ids
        #expect(all.count > 1_290)
        for (position, limit) in [
            (999, 5), (1_000, 5), (1_005, 5), (1_100, 50), (1_150, 50), (1_100, 50), (1_020, 5), (1_280, 100), (all.count - 1, 1),
            (all.count, 5), (5_000, 5), (-5, 3), (-1_290, 2), (1_200, 0), (1_150, 7),
        ] {
            let page = try await fixture.store.query(
                query, window: QueryWindow(start: .position(position), limit: limit, calculateTotal: true), of: fixture.account)
            let start = position < 0 ? all.count + position : position
            #expect(page.ids == Array(all.dropFirst(start).prefix(limit)), "\(position)")
            #expect(page.position == start)
            #expect(page.total == all.count)
        }
        for (place, offset) in [(1_150, 0), (1_151, -3), (1_280, 2), (3, -2), (1_289, 500)] {
            let page = try await fixture.store.query(
                query, window: QueryWindow(start: .anchor(all[place].value, offset: offset), limit: 5), of: fixture.account)
            #expect(page.ids == Array(all.dropFirst(place + offset).prefix(5)), "\(place)")
            #expect(page.position == place + offset)
        }
        await #expect(throws: StoreError.anchorNotFound) {
            _ = try await fixture.store.query(query, window: QueryWindow(start: .anchor(1 << 40, offset: 0), limit: 5), of: fixture.account)
        }
    }

    @Test("deep pages are the same from wherever they are counted off, and follow each change", arguments: [true, false])
    func deepPages(isAscending: Bool) async throws {
        let fixture = try await StoreFixture()
        let boxes = try await fixture.mailboxes("INBOX", "Archive")
        let inbox = try #require(boxes["INBOX"])
        // Many arrive in the same second: the order among them is by id. Each tenth answers the one before.
        let emails = (1...1_500).map { (uid: UInt32) -> IncomingEmail in
            .sample(
                uid, messageID: "m\(uid)@x", references: uid % 10 == 0 ? ["m\(uid - 1)@x"] : [], keywords: uid % 50 == 0 ? ["$seen"] : [],
                at: 1_700_000_000 + Int64(uid / 7))
        }
        let ids = try await fixture.add(emails, to: inbox)
        try await fixture.add([.sample(1)], to: try #require(boxes["Archive"]))
        let unread = EmailFilter.and([.inMailbox(inbox), .notKeyword("$seen")])
        let sort = [EmailSort(.receivedAt, isAscending: isAscending)]
        let queries = [
            EmailQuery(filter: .inMailbox(inbox), sort: sort), EmailQuery(filter: unread, sort: sort), EmailQuery(sort: sort),
            EmailQuery(filter: .inMailbox(inbox), sort: sort, collapseThreads: true),
            EmailQuery(filter: unread, sort: sort, collapseThreads: true),
        ]
        for query in queries { try await checkDeepPages(query, fixture) }
        // What was remembered is of the state before.
        try await fixture.store.setFlags(
            [ServerFlags(uid: 700, keywords: []), ServerFlags(uid: 701, keywords: ["$seen"])], in: inbox, uidValidity: 1, cursor: nil,
            of: fixture.account)
        try await fixture.add([.sample(2_000, at: 1_700_000_100)], to: inbox)
        _ = try await fixture.store.destroyEmails([ids[20], ids[1_480]], ifInState: nil, of: fixture.account)
        for query in queries { try await checkDeepPages(query, fixture) }
    }

    @Test("what few have is the same page by page, and follows each change")
    func few() async throws {
        let (fixture, inbox, _, ids) = try await filled()
        for filter: EmailFilter in [.subject("alpha"), .emailIDs(ids), .threadID(try await fixture.email(ids[2]).threadID)] {
            let query = EmailQuery(filter: .and([.inMailbox(inbox), filter]))
            let all = try await fixture.store.query(query, window: QueryWindow(), of: fixture.account).ids
            #expect(all.count >= 3)
            for position in [0, 2, 3, 50] {
                let window = QueryWindow(start: .position(position), limit: 2, calculateTotal: true)
                let page = try await fixture.store.query(query, window: window, of: fixture.account)
                #expect(page.ids == Array(all.dropFirst(position).prefix(2)))
                #expect(page.total == all.count)
            }
            _ = try await fixture.store.destroyEmails([all[1]], ifInState: nil, of: fixture.account)
            #expect(try await fixture.store.query(query, window: QueryWindow(), of: fixture.account).ids == all.filter { $0 != all[1] })
        }
        let before = try await fixture.ids(.subject("alpha"))
        let new = try await fixture.add([.sample(100, at: 9_000, subject: "Alpha again")], to: inbox)
        #expect(try await fixture.ids(.subject("alpha")) == new + before)
    }
}
