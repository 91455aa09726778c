import MailProtocol
import Testing

@testable import PostroomCore

@Suite("Sending", .timeLimit(.minutes(2)))
struct OutboxTests {
    /// A draft and its submission, as JMAP makes them: on success the draft moves to Sent.
    private func submit(_ fixture: SyncFixture, to recipients: [String] = ["boris@example.test"]) async throws -> Submission {
        try await fixture.sync()
        let drafts = try #require(try await fixture.mailbox("Drafts")).id
        let sent = try #require(try await fixture.mailbox("Sent")).id
        let source = Array(SyncFixture.message(1).utf8)
        let (content, searchText) = MessageReader().read(source)
        let email = try await fixture.store.createEmail(
            NewEmail(
                source: source, content: content, searchText: searchText, mailboxIDs: [drafts], keywords: ["$draft", "$seen"],
                receivedAt: SystemClock().now()), of: fixture.account.id)
        return try await add(
            fixture, email: email, source: source, recipients: recipients,
            onSuccess: Submission.OnSuccess(removeKeywords: ["$draft"], addMailboxes: [sent], removeMailboxes: [drafts]))
    }

    private func add(
        _ fixture: SyncFixture, email: EmailRecord?, source: [UInt8], recipients: [String], onSuccess: Submission.OnSuccess = .init()
    ) async throws -> Submission {
        let identity = try #require(try await fixture.store.identities(of: fixture.account.id).first)
        let now = SystemClock().now()
        return try await fixture.store.addSubmission(
            Submission(
                id: SubmissionID(0), identityID: identity.id, emailID: email?.id, threadID: email?.threadID,
                blobID: BlobID(sha256: Array(repeating: 0, count: 32)), messageID: "1@example.test", mailFrom: "anna@example.test",
                recipients: recipients.map { Submission.RecipientStatus(address: $0) }, sendAt: now, createdAt: now, onSuccess: onSuccess),
            wire: source, of: fixture.account.id)
    }

    private func outbox(_ fixture: SyncFixture, _ sender: ScriptedSender) -> OutboxRunner {
        let parts = fixture.parts(sender: sender)
        return OutboxRunner(account: fixture.account.id, parts: parts, lanes: SessionLanes(parts: parts), wake: WakeSignal())
    }

    private func state(_ fixture: SyncFixture, _ id: SubmissionID) async throws -> Submission {
        try #require(try await fixture.store.submissions([id], of: fixture.account.id).first)
    }

    @Test("A draft that is made anew while it is on its way, since its conversation grew, becomes the one copy in Sent all the same")
    func madeAnew() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            let (store, account) = (fixture.store, fixture.account.id)
            let inbox = try #require(try await fixture.mailbox("INBOX")).id
            for (name, references) in [("one", []), ("two", ["one"]), ("both", ["two", "1"])] {
                let named = references.map { "<\($0)@example.test>" }.joined(separator: " ")
                let source = Array("Message-ID: <\(name)@example.test>\r\nReferences: \(named)\r\n\r\nhi\r\n".utf8)
                let (content, searchText) = MessageReader().read(source)
                _ = try await store.createEmail(
                    NewEmail(
                        source: source, content: content, searchText: searchText, mailboxIDs: [inbox], keywords: [],
                        receivedAt: SystemClock().now()), of: account)
            }
            let draft = try #require(submission.emailID)
            #expect(try await store.emails([draft], of: account).isEmpty)
            await outbox(fixture, ScriptedSender([.accepted()])).runOnce()
            let after = try await state(fixture, submission.id)
            #expect(after.state == .sent && after.isCopied && after.emailID == draft)
            try await fixture.sync()
            try await fixture.sync()
            #expect(await fixture.server.uids(in: "Sent").count == 1)
            #expect(await fixture.server.uids(in: "Drafts").isEmpty)
            let sent = try #require(try await store.email(nowOrBefore: draft, of: account))
            #expect(sent.keywords == ["$seen"])
        }
    }

    @Test("An accepted message is sent, and its draft becomes the one copy in Sent")
    func accepted() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            let sender = ScriptedSender([.accepted()])
            await outbox(fixture, sender).runOnce()
            let after = try await state(fixture, submission.id)
            #expect(after.state == .sent)
            #expect(after.recipients.map(\.verdict) == [.accepted])
            #expect(after.isCopied)
            #expect(sender.taken.count == 1)
            try await fixture.sync()
            try await fixture.sync()
            #expect(await fixture.server.uids(in: "Sent").count == 1)
            #expect(await fixture.server.uids(in: "Drafts").isEmpty)
            let sent = try await fixture.emails(in: "Sent")
            #expect(sent.map(\.id) == [submission.emailID])
            #expect(sent.first?.keywords == ["$seen"])
            await outbox(fixture, sender).runOnce()
            #expect(sender.attempts == 1)
        }
    }

    @Test("An account that may not send keeps what waits and has nothing to do")
    func mayNotSend() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            var account = try #require(try await fixture.store.account(fixture.account.id))
            account.settings.sendEnabled = false
            try await fixture.store.updateAccount(account)
            let sender = ScriptedSender([.accepted()])
            // It ends: it once looked ten times a second whether it might.
            await outbox(fixture, sender).run()
            #expect(sender.attempts == 0)
            #expect(try await state(fixture, submission.id).state == .queued)
            account.settings.sendEnabled = true
            try await fixture.store.updateAccount(account)
            await outbox(fixture, sender).run()
            #expect(try await state(fixture, submission.id).state == .sent)
        }
    }

    @Test("A copy that the server itself put into Sent is adopted")
    func serverCopies() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            try await fixture.sync()
            await outbox(fixture, ScriptedSender([.accepted()])).runOnce()
            await fixture.server.deliver(SyncFixture.message(1), to: "Sent", flags: ["\\Seen"], at: SystemClock().now().seconds)
            try await fixture.sync()
            try await fixture.sync()
            #expect(await fixture.server.uids(in: "Sent").count == 1)
            #expect(await fixture.server.uids(in: "Drafts").isEmpty)
            #expect(try await fixture.emails(in: "Sent").map(\.id) == [submission.emailID])
        }
    }

    @Test("A message without a draft leaves one copy in Sent")
    func copyOfWire() async throws {
        try await SyncFixture.run { fixture in
            try await fixture.sync()
            let submission = try await add(fixture, email: nil, source: Array(SyncFixture.message(1).utf8), recipients: ["b@example.test"])
            await outbox(fixture, ScriptedSender([])).runOnce()
            #expect(try await state(fixture, submission.id).isCopied)
            try await fixture.sync()
            #expect(await fixture.server.sources(in: "Sent") == [SyncFixture.message(1)])
            #expect(await fixture.server.flags(of: 1, in: "Sent") == ["\\Seen"])
        }
    }

    @Test("What its client wanted destroyed when it was submitted leaves no copy in Sent")
    func destroyedOnSuccess() async throws {
        try await SyncFixture.run { fixture in
            try await fixture.sync()
            let drafts = try #require(try await fixture.mailbox("Drafts")).id
            let source = Array(SyncFixture.message(1).utf8)
            let (content, searchText) = MessageReader().read(source)
            let email = try await fixture.store.createEmail(
                NewEmail(
                    source: source, content: content, searchText: searchText, mailboxIDs: [drafts], keywords: ["$draft"],
                    receivedAt: SystemClock().now()), of: fixture.account.id)
            let submission = try await add(
                fixture, email: email, source: source, recipients: ["b@example.test"], onSuccess: Submission.OnSuccess(destroy: true))
            _ = try await fixture.store.destroyEmails([email.id], ifInState: nil, of: fixture.account.id)
            await outbox(fixture, ScriptedSender([.accepted()])).runOnce()
            #expect(try await state(fixture, submission.id).state == .sent)
            #expect(try await state(fixture, submission.id).isCopied)
            try await fixture.sync()
            #expect(await fixture.server.uids(in: "Sent").isEmpty)
            #expect(await fixture.server.uids(in: "Drafts").isEmpty)
        }
    }

    @Test("RFC 8621 §7: a message that is refused after its recipients were taken has the reply to the message, not to them")
    func refusedAtTheEnd() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            await outbox(fixture, ScriptedSender([.refused(.messageRefused)])).runOnce()
            let after = try await state(fixture, submission.id)
            #expect(after.recipients.map(\.verdict) == [.refused])
            #expect(after.recipients.map(\.reply) == ["550 no"])
        }
    }

    @Test("A refused message stays a draft and says why")
    func refused() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            await outbox(fixture, ScriptedSender([.refused(.recipientRefused)])).runOnce()
            let after = try await state(fixture, submission.id)
            #expect(after.state == .refused)
            #expect(after.diagnosis?.cause == .recipientRefused)
            #expect(after.recipients.map(\.verdict) == [.refused])
            #expect(try await fixture.emails(in: "Drafts").count == 1)
        }
    }

    @Test("A draft that went to Sent on the way out is a draft again when it is refused, and goes to Sent when it is sent after all")
    func takenBack() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            var early = try await state(fixture, submission.id)
            let way = early.onSuccess
            early.onSuccess = Submission.OnSuccess()
            try await fixture.store.updateSubmission(early, of: fixture.account.id)
            let email = try #require(submission.emailID)
            _ = try await fixture.store.update(
                [
                    EmailUpdate(
                        id: email, removeKeywords: ["$draft"], addMailboxes: Set(way.addMailboxes),
                        removeMailboxes: Set(way.removeMailboxes))
                ], ifInState: nil, of: fixture.account.id)
            let sender = ScriptedSender([.refused(), .accepted()])
            await outbox(fixture, sender).runOnce()
            #expect(try await fixture.emails(in: "Sent").isEmpty)
            #expect(try await fixture.emails(in: "Drafts").map(\.keywords) == [["$draft", "$seen"]])
            try await OutboxDecisions(store: fixture.store).resend(submission.id, of: fixture.account.id)
            await outbox(fixture, sender).runOnce()
            try await fixture.sync()
            try await fixture.sync()
            #expect(try await fixture.emails(in: "Sent").map(\.id) == [email])
            #expect(await fixture.server.uids(in: "Sent").count == 1)
            #expect(await fixture.server.uids(in: "Drafts").isEmpty)
        }
    }

    @Test("A server that is away is asked again later, visibly")
    func later() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            let sender = ScriptedSender([.later()])
            await outbox(fixture, sender).runOnce()
            let after = try await state(fixture, submission.id)
            #expect(after.state == .queued)
            #expect(after.attempts == 1)
            #expect(after.diagnosis?.cause == .serverUnavailable)
            let next = try #require(after.nextAttemptAt)
            #expect((30...90).contains(next.seconds - SystemClock().now().seconds))
            try await outbox(fixture, sender).sendDue()
            #expect(sender.attempts == 1)
        }
    }

    @Test("No answer after the final dot is not sent again; a person decides")
    func unknown() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            let sender = ScriptedSender([.unknown])
            await outbox(fixture, sender).runOnce()
            #expect(try await state(fixture, submission.id).state == .unknown)
            #expect(try await state(fixture, submission.id).diagnosis?.cause == .outcomeUnknown)
            await outbox(fixture, sender).runOnce()
            #expect(sender.attempts == 1)
            let decisions = OutboxDecisions(store: fixture.store)
            try await decisions.resend(submission.id, of: fixture.account.id)
            await outbox(fixture, sender).runOnce()
            #expect(sender.taken.count == 1)
            #expect(try await state(fixture, submission.id).state == .sent)
        }
    }

    @Test("No answer after the final dot, but a copy in Sent is proof enough")
    func foundInSent() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            try await fixture.sync()
            await fixture.server.deliver(SyncFixture.message(1), to: "Sent", flags: ["\\Seen"], at: SystemClock().now().seconds)
            await outbox(fixture, ScriptedSender([.unknown])).runOnce()
            #expect(try await state(fixture, submission.id).state == .sent)
            try await fixture.sync()
            #expect(await fixture.server.uids(in: "Sent").count == 1)
        }
    }

    @Test(
        "A stop before the dot leads to a second attempt, a stop at the dot to none",
        arguments: [SubmissionPhase.dataStarted, .finalDotSent])
    func stopped(_ phase: SubmissionPhase) async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture)
            let dying = ScriptedSender([.dies(at: phase)])
            let wanted: Submission.State = phase == .finalDotSent ? .finalDot : .sending
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await outbox(fixture, dying).runOnce() }
                try await eventually { try await state(fixture, submission.id).state == wanted && dying.attempts == 1 }
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
            // A process that is killed writes nothing more: the row is what the journal had.
            var left = try await state(fixture, submission.id)
            left.state = wanted
            left.nextAttemptAt = nil
            try await fixture.store.updateSubmission(left, of: fixture.account.id)
            let next = ScriptedSender([.accepted()])
            await outbox(fixture, next).runOnce()
            #expect(next.attempts == (phase == .finalDotSent ? 0 : 1))
            #expect(try await state(fixture, submission.id).state == (phase == .finalDotSent ? .unknown : .sent))
        }
    }

    @Test("Recipients that were served are not served again with those that wait")
    func someLater() async throws {
        try await SyncFixture.run { fixture in
            let submission = try await submit(fixture, to: ["a@example.test", "b@example.test", "c@example.test"])
            let sender = ScriptedSender([.accepted([.accepted, .tryLater, .refused]), .accepted()])
            await outbox(fixture, sender).runOnce()
            var after = try await state(fixture, submission.id)
            #expect(after.state == .queued)
            #expect(after.recipients.map(\.verdict) == [.accepted, .tryLater, .refused])
            #expect(after.isCopied)
            after.nextAttemptAt = nil
            try await fixture.store.updateSubmission(after, of: fixture.account.id)
            await outbox(fixture, sender).runOnce()
            #expect(sender.taken.map(\.recipients) == [["a@example.test", "b@example.test", "c@example.test"], ["b@example.test"]])
            after = try await state(fixture, submission.id)
            #expect(after.state == .sent)
            #expect(after.recipients.map(\.verdict) == [.accepted, .accepted, .refused])
        }
    }

    @Test("Sending is off: the message waits")
    func sendingOff() async throws {
        try await SyncFixture.run(settings: AccountSettings(sendEnabled: false)) { fixture in
            let submission = try await submit(fixture)
            let sender = ScriptedSender([])
            await outbox(fixture, sender).runOnce()
            #expect(sender.attempts == 0)
            #expect(try await state(fixture, submission.id).state == .queued)
        }
    }
}
