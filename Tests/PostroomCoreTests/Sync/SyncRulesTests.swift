import MailProtocol
import Testing

@testable import PostroomCore

@Suite("Flags and keywords")
struct KeywordMapTests {
    @Test func flagsBecomeKeywords() {
        #expect(
            KeywordMap.keywords(of: ["\\Seen", "\\FLAGGED", "$Forwarded", "Junk", "\\Recent", "\\Deleted", "Mein-Wort"])
                == ["$seen", "$flagged", "$forwarded", "$junk", "mein-wort"])
        #expect(KeywordMap.keywords(of: ["bad keyword", "ok", "с"]) == ["ok"])
    }

    @Test func keywordsBecomeFlags() {
        #expect(KeywordMap.flag(for: "$seen", permanent: ["\\Seen"]) == "\\Seen")
        #expect(KeywordMap.flag(for: "$seen", permanent: ["\\Flagged"]) == nil)
        #expect(KeywordMap.flag(for: "$forwarded", permanent: ["\\*"]) == "$Forwarded")
        #expect(KeywordMap.flag(for: "$junk", permanent: ["Junk"]) == "Junk")
        #expect(KeywordMap.flag(for: "todo", permanent: ["\\Seen"]) == nil)
        #expect(KeywordMap.flag(for: "todo", permanent: ["\\Seen", "\\*"]) == "todo")
        #expect(KeywordMap.flags(removing: "$junk", permanent: ["Junk", "$Junk", "\\*"]) == ["Junk", "$Junk"])
    }
}

@Suite("What folders are for")
struct FolderRolesTests {
    @Test func theServersWordWins() {
        let roles = FolderRoles.roles(of: [
            ServerMailbox(path: "INBOX"), ServerMailbox(path: "Sent"), ServerMailbox(path: "Versendet", role: .sent),
            ServerMailbox(path: "Zweitgesendet", role: .sent),
        ])
        #expect(roles == ["INBOX": .inbox, "Versendet": .sent])
    }

    @Test func namesInManyLanguages() {
        let roles = FolderRoles.roles(of: [
            ServerMailbox(path: "inbox"), ServerMailbox(path: "Отправленные"), ServerMailbox(path: "Черновики"),
            ServerMailbox(path: "Корзина"), ServerMailbox(path: "Спам"),
        ])
        #expect(roles == ["inbox": .inbox, "Отправленные": .sent, "Черновики": .drafts, "Корзина": .trash, "Спам": .junk])
    }

    @Test func belowInboxAndProviderRoots() {
        let roles = FolderRoles.roles(of: [
            ServerMailbox(path: "INBOX", separator: "."), ServerMailbox(path: "INBOX.Sent", separator: "."),
            ServerMailbox(path: "INBOX.Drafts", separator: "."),
            ServerMailbox(path: "INBOX.Projects.Old.Trash", separator: "."),
            ServerMailbox(path: "[Gmail]/Спам"),
        ])
        #expect(roles == ["INBOX": .inbox, "INBOX.Sent": .sent, "INBOX.Drafts": .drafts, "[Gmail]/Спам": .junk])
    }
}

@Suite("Waiting longer and longer")
struct BackOffTests {
    @Test func doublesToItsLimit() {
        var backOff = BackOff(first: .seconds(2), limit: .seconds(60))
        let waits = (0..<7).map { _ in backOff.next(random: 0.5) }
        #expect(waits == [2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        backOff.reset()
        #expect(backOff.next(random: 0) == .seconds(1.5))
    }

    @Test func messagesAreTriedForFiveDays() {
        let start = Timestamp(seconds: 1_000_000)
        let delays = (1...7).map { BackOff.sendDelay(attempts: $0, since: start, now: start) }
        #expect(delays == [60, 120, 300, 600, 1_800, 3_600, 3_600])
        #expect(BackOff.sendDelay(attempts: 90, since: start, now: start.adding(seconds: 5 * 86_400)) == nil)
    }
}

@Suite("Queued writes in few commands")
struct OperationBatchesTests {
    static func operation(_ id: Int64, _ kind: ServerOperation.Kind, email: Int64? = nil) -> ServerOperation {
        ServerOperation(id: OperationID(id), kind: kind, emailID: email.map { EmailID($0) }, createdAt: Timestamp(seconds: id))
    }

    static func seen(_ id: Int64, uid: UInt32) -> ServerOperation {
        operation(id, .storeFlags(mailbox: MailboxID(1), uidValidity: 9, uids: [uid], add: ["$seen"], remove: []), email: Int64(uid))
    }

    static func move(_ id: Int64, uid: UInt32, to: Int64) -> ServerOperation {
        operation(id, .move(from: MailboxID(1), uidValidity: 9, uid: uid, to: MailboxID(to)), email: Int64(uid))
    }

    private func ids(_ operations: [ServerOperation]) -> [[Int64]] {
        OperationBatches(operations).batches.map { $0.operations.map(\.id.value) }
    }

    @Test func theSameForManyIsOneCommand() {
        #expect(ids([Self.seen(1, uid: 1), Self.seen(2, uid: 2), Self.seen(3, uid: 3)]) == [[1, 2, 3]])
    }

    @Test func othersInBetweenDoNotSeparate() {
        #expect(ids([Self.seen(1, uid: 1), Self.move(2, uid: 7, to: 2), Self.seen(3, uid: 3)]) == [[1, 3], [2]])
    }

    @Test func anEarlierWriteToTheSameMessageStaysEarlier() {
        #expect(ids([Self.seen(1, uid: 1), Self.move(2, uid: 3, to: 2), Self.seen(3, uid: 3)]) == [[1], [2], [3]])
    }

    @Test func foldersAreMadeBeforeTheyAreFilled() {
        let make = Self.operation(2, .createMailbox(mailbox: MailboxID(5), path: "New"))
        #expect(ids([Self.move(1, uid: 1, to: 2), make, Self.move(3, uid: 2, to: 2)]) == [[1], [2], [3]])
    }
}

@Suite("Producing ahead of consumption")
struct PipelineTests {
    @Test func keepsTheOrderWhateverTheSpeed() async throws {
        var seen: [Int] = []
        let rest = try await pipelined(Array(0..<40), width: 4) { number in
            try await Task.sleep(for: .milliseconds(number % 3))
            return number
        } consume: { number in
            seen.append(number)
            return true
        }
        #expect(seen == Array(0..<40))
        #expect(rest.isEmpty)
    }

    @Test func stopsWithoutLosingWhatIsUnderWay() async throws {
        var seen: [Int] = []
        let rest = try await pipelined(Array(0..<40), width: 3) {
            $0
        } consume: { number in
            seen.append(number)
            return number < 5
        }
        #expect(seen + rest == Array(0..<40))
        #expect(seen.count < 12)
    }
}
