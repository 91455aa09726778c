import Foundation
import MailProtocol
import MailTransport
import Testing

/// The client against the bed's real IMAP server (Dovecot).
@Suite("IMAP on a real server", .enabled(if: MailBed.isUp), .serialized)
struct IMAPServerTests {
    let bed: MailBed

    init() throws { bed = try #require(MailBed.shared) }

    private func connected(_ security: ConnectionSecurity = .tls, limits: IMAP.Limits = .standard) async throws -> IMAPClient {
        try await IMAPClient.connect(
            to: bed.endpoint(security == .tls ? "imaps" : "imap", security: security), options: bed.options(), limits: limits)
    }

    private func signedIn(_ user: String = "alice", limits: IMAP.Limits = .standard) async throws -> IMAPClient {
        let client = try await connected(limits: limits)
        try await client.signIn(MailBed.password(of: user))
        return client
    }

    /// A mailbox of its own for a test, removed at its end.
    private func withMailbox<R: Sendable>(
        _ user: String = "alice", limits: IMAP.Limits = .standard,
        _ body: @Sendable (IMAPClient, IMAP.MailboxName) async throws -> R
    ) async throws -> R {
        let client = try await signedIn(user, limits: limits)
        let name = client.mailboxName("test-\(UUID().uuidString.prefix(8))")
        try await client.create(name)
        let result: Result<R, any Error>
        do { result = .success(try await body(client, name)) } catch { result = .failure(error) }
        if client.isOpen {
            try? await client.unselect()
            try await client.delete(name)
        }
        await client.logout()
        return try result.get()
    }

    private static func message(_ subject: String, body: String = "Hello\r\n", id: String = UUID().uuidString) -> [UInt8] {
        Array(
            """
            From: Alice <alice@example.test>\r
            To: Bob <bob@example.test>\r
            Subject: \(subject)\r
            Date: Mon, 2 Nov 2026 10:00:00 +0000\r
            Message-ID: <\(id)@example.test>\r
            Content-Type: text/plain; charset=utf-8\r
            \r
            \(body)
            """.utf8)
    }

    @Test("signs in over implicit TLS and over STARTTLS, and knows more afterwards", arguments: [ConnectionSecurity.tls, .startTLS])
    func signIn(security: ConnectionSecurity) async throws {
        let client = try await connected(security)
        #expect(client.tlsInfo != nil)
        let before = client.capabilities
        let method = try await client.signIn(MailBed.password(of: "alice"))
        #expect(method == .sasl(.scramSHA256))
        #expect(client.capabilities.names.count > before.names.count)
        #expect(client.capabilities.hasQResync)
        let server = try await client.identify(as: ["name": "Postroom"])
        #expect(server["name"] == "Dovecot")
        #expect(try await client.enable(["QRESYNC", "CONDSTORE", "UTF8=ACCEPT"]).contains("QRESYNC"))
        #expect(try await client.namespaces().personal.first?.delimiter == "/")
        await client.logout()
        #expect(!client.isOpen)
    }

    @Test("every SASL mechanism that the server offers", arguments: [SASLMechanism.plain, .login, .cramMD5, .scramSHA1, .scramSHA256])
    func mechanism(_ mechanism: SASLMechanism) async throws {
        let client = try await connected()
        guard client.capabilities.saslMechanisms.contains(mechanism.rawValue) else { return }
        try await client.authenticate(mechanism, MailBed.password(of: "bob"))
        #expect(try await client.select(client.mailboxName("INBOX")).uidValidity > 0)
        await client.logout()
    }

    @Test("a wrong password is refused with the server's own code, and the connection stays good")
    func wrongPassword() async throws {
        let client = try await connected()
        let error = await #expect(throws: IMAPError.self) {
            try await client.signIn(.password(login: "alice@example.test", password: Secret("wrong")))
        }
        #expect(error?.code == "credentials-refused")
        #expect(error?.status?.code == .authenticationFailed)
        #expect(client.isOpen)
        try await client.signIn(MailBed.password(of: "alice"))
        await client.logout()
    }

    @Test("OAuth tokens sign in by both mechanisms; a bad one is refused with the server's JSON")
    func oauth() async throws {
        guard let token = try await bed.token(for: "alice@example.test") else { return }
        for mechanism in [SASLMechanism.xoauth2, .oauthBearer] {
            let client = try await connected()
            try await client.authenticate(mechanism, .bearer(login: "alice@example.test", token: token))
            try await client.noop()
            await client.logout()
            let refused = try await connected()
            let error = await #expect(throws: IMAPError.self) {
                try await refused.authenticate(mechanism, .bearer(login: "alice@example.test", token: Secret("nonsense")))
            }
            guard case .credentialsRefused(_, let diagnostic?) = error?.cause else {
                Issue.record("no diagnostic: \(String(describing: error))")
                continue
            }
            #expect(diagnostic.contains("status"))
            await refused.logout()
        }
    }

    @Test("lists mailboxes with use, subscription and counts; makes, renames and removes them under any name")
    func mailboxes() async throws {
        let client = try await signedIn()
        let base = "Übung & Спам \(UUID().uuidString.prefix(6))"
        let name = client.mailboxName(base)
        let other = client.mailboxName(base + " \"2\"")
        try await client.create(name)
        try await client.subscribe(name)
        var all = try await client.listMailboxes(status: [.messages, .uidNext, .uidValidity, .highestModSeq, .size])
        let listed = try #require(all.first { $0.mailbox.name.path == base })
        #expect(listed.isSubscribed)
        #expect(listed.status?.messages == 0)
        #expect(listed.status?.uidValidity ?? 0 > 0)
        #expect(all.contains { $0.mailbox.name.isInbox })
        try await client.rename(name, to: other)
        all = try await client.listMailboxes()
        #expect(all.contains { $0.mailbox.name.path == other.path })
        #expect(!all.contains { $0.mailbox.name.path == base })
        try await client.delete(other)
        try await client.unsubscribe(name)
        let error = await #expect(throws: IMAPError.self) { try await client.select(other) }
        // Dovecot has no code for that.
        #expect(error?.status?.condition == .no && error?.connectionIsUsable == true)
        await client.logout()
    }

    @Test("appends, fetches everything about a message, searches, stores, copies, moves and expunges")
    func messages() async throws {
        try await withMailbox { client, mailbox in
            let bytes = Self.message("Zwölf", body: "Grüße\r\n", id: "whole")
            let appended = try #require(
                try await client.append(bytes, to: mailbox, flags: [.seen, IMAP.Flag("$Label1")], date: 1_700_000_000))
            try await client.append(Self.message("two"), to: mailbox)
            let selected = try await client.select(mailbox, condStore: true)
            #expect(selected.exists == 2)
            #expect(selected.uidValidity == appended.uidValidity)
            #expect(selected.uidNext == appended.uid + 2)
            #expect(selected.takesNewKeywords)

            let items: [IMAP.FetchItem] = [
                .flags, .modSeq, .internalDate, .size, .envelope, .bodyStructure, .body(.whole), .body(.header),
                .body(IMAP.Section(part: [1])), .body(.whole, partial: .init(offset: 6, count: 5)), .preview(), .saveDate,
                .body(IMAP.Section(text: .headerFields(["SUBJECT", "FROM"]))), .binary(part: [1]), .binarySize(part: [1]),
            ]
            var messages: [IMAP.FetchedMessage] = []
            for try await message in try await client.fetch(.uids([appended.uid]), items: items) { messages.append(message) }
            let message = try #require(messages.first)
            #expect(messages.count == 1)
            #expect(message.uid == appended.uid)
            #expect(Set(message.flags ?? []).subtracting([.recent]) == [.seen, IMAP.Flag("$label1")])
            #expect(message.internalDate == 1_700_000_000)
            #expect(message.size == UInt64(bytes.count))
            #expect(message.envelope?.messageID == "<whole@example.test>")
            #expect(message.envelope?.from.first?.host == "example.test")
            #expect(message.body(.whole) == .bytes(bytes[...]))
            #expect(message.bodies.contains { $0.origin == 6 && $0.bytes == bytes[6..<11] })
            #expect(message.bodies.first { $0.isBinary }?.bytes.map { String(decoding: $0, as: UTF8.self) } == "Grüße\r\n")
            #expect(message.binarySizes.first?.size == UInt64("Grüße\r\n".utf8.count))
            guard case .part(let part) = message.bodyStructure else {
                Issue.record("structure")
                return
            }
            #expect(part.type == "text" && part.subtype == "plain" && part.parameters.first?.value == "utf-8")
            #expect(message.preview?.string.contains("Grüße") == true)
            #expect(message.defects.isEmpty)

            #expect(try await client.search(.subject("two")) == [appended.uid + 1])
            #expect(try await client.search(.and([.body("Grüße"), .not(.flag(.flagged))])) == [appended.uid])
            #expect(try await client.search(.or(.subject("nothing"), .flag(.seen))) == [appended.uid])
            #expect(try await client.searchResult(.all, returning: [.count, .max]).count == 2)
            #expect(try await client.sort(.all, by: [.init(.subject)])?.count == 2)
            #expect(try await client.threads(.all)?.count == 2)

            let stored = try await client.store(.uids([appended.uid]), .add([.flagged]))
            #expect(stored.messages.first?.flags?.contains(.flagged) == true)
            let modSeq = try #require(stored.messages.first?.modSeq)
            try await client.store(.uids([appended.uid]), .remove([.seen], silent: true))
            let conflict = try await client.store(.uids([appended.uid]), .add([.answered]), unchangedSince: modSeq)
            #expect(conflict.modified == [appended.uid])

            let copied = try #require(try await client.copy([appended.uid], to: mailbox))
            #expect(copied.pairs == [appended.uid: appended.uid + 2])
            let moved = try #require(try await client.move([appended.uid + 2], to: mailbox))
            #expect(moved.pairs[appended.uid + 2] == appended.uid + 3)
            try await client.store(.uids([appended.uid]), .replace([.deleted], silent: true))
            try await client.expunge([appended.uid])
            #expect(try await client.search(.all) == [appended.uid + 1, appended.uid + 3])
            for try await message in try await client.fetch(.uids([]), items: [.flags]) { Issue.record("\(message)") }
        }
    }

    @Test("what vanished and changed since is told by QRESYNC, at SELECT and by UID FETCH")
    func quickResync() async throws {
        try await withMailbox { client, mailbox in
            try await client.enable(["QRESYNC"])
            for index in 1...5 { try await client.append(Self.message("m\(index)"), to: mailbox) }
            let first = try await client.select(mailbox)
            let modSeq = try #require(first.highestModSeq)
            try await client.store(.uids([2]), .add([.deleted]))
            try await client.expunge([2])
            try await client.store(.uids([4]), .add([.flagged]))
            var vanished = UIDSet()
            var changed: [UID] = []
            for try await event in try await client.fetchEvents(.all, items: [.flags], changedSince: modSeq, vanished: true) {
                switch event {
                case .message(let message): changed.append(message.uid ?? 0)
                case .vanished(let uids): vanished.formUnion(uids)
                default: break
                }
            }
            #expect(vanished == [2])
            #expect(changed == [4])
            try await client.unselect()
            let again = try await client.select(
                mailbox, qresync: IMAP.QResync(uidValidity: first.uidValidity, modSeq: modSeq, knownUIDs: UIDSet(1...5)))
            #expect(again.vanished == [2])
            #expect(again.changed.map(\.uid) == [4])
        }
    }

    @Test("IDLE tells of new mail, survives commands in between and its own renewal")
    func idle() async throws {
        var limits = IMAP.Limits.standard
        limits.idleRenewal = .milliseconds(300)
        try await withMailbox(limits: limits) { client, mailbox in
            _ = try await client.select(mailbox)
            try await client.startIdling()
            let other = try await signedIn()
            var events = client.events.makeAsyncIterator()
            func nextExists() async throws -> UInt32? {
                while let event = try await events.next() { if case .exists(let count) = event { return count } }
                return nil
            }
            try await other.append(Self.message("news"), to: mailbox)
            #expect(try await nextExists() == 1)
            try await client.noop()
            // Long enough for several renewals.
            try await Task.sleep(for: .seconds(1))
            try await other.append(Self.message("more news"), to: mailbox)
            #expect(try await nextExists() == 2)
            #expect(try await client.search(.all).count == 2)
            try await client.stopIdling()
            try await client.noop()
            await other.logout()
        }
    }

    @Test("NOTIFY tells of other mailboxes")
    func notify() async throws {
        try await withMailbox { client, mailbox in
            guard try await client.notifyPersonal() else { return }
            try await client.startIdling()
            let other = try await signedIn()
            try await other.append(Self.message("elsewhere"), to: mailbox)
            for try await event in client.events {
                if case .mailboxStatus(let name, let status) = event, name == mailbox, status.messages == 1 { break }
            }
            await other.logout()
        }
    }

    @Test("a compressed line carries the same")
    func compressed() async throws {
        try await withMailbox { client, mailbox in
            #expect(try await client.compress())
            let bytes = Self.message("squeezed", body: String(repeating: "Lorem ipsum dolor sit amet.\r\n", count: 5_000))
            try await client.append(bytes, to: mailbox)
            _ = try await client.select(mailbox)
            for try await message in try await client.fetch(.all, items: [.body(.whole)]) {
                #expect(message.body(.whole) == .bytes(bytes[...]))
            }
        }
    }

    @Test("a large message is streamed up and down and never kept whole")
    func largeMessage() async throws {
        var limits = IMAP.Limits.standard
        limits.inlineLiteral = 64 * 1_024
        try await withMailbox("carol", limits: limits) { client, mailbox in
            let head = Self.message("large", body: "")
            let line = Array("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n".utf8)
            let block = Array(repeatElement(line, count: 1_024).joined())
            let size = UInt64(head.count + 160 * block.count)
            try await client.append(to: mailbox, size: size) { write in
                try await write(head[...])
                for _ in 0..<160 { try await write(block[...]) }
            }
            _ = try await client.select(mailbox)
            var received: UInt64 = 0
            var announced: IMAP.StreamedLiteral?
            for try await event in try await client.fetchEvents(.all, items: [.size, .body(.whole)]) {
                switch event {
                case .literal(let literal): announced = literal
                case .literalBytes(let bytes): received += UInt64(bytes.count)
                case .message(let message):
                    #expect(message.body(.whole) == .streamed(size))
                    #expect(message.size == size)
                default: break
                }
            }
            #expect(announced?.size == size && announced?.section == .whole)
            #expect(received == size)
            // Without a taste for pieces they are dropped.
            for try await message in try await client.fetch(.all, items: [.body(.whole)]) {
                #expect(message.body(.whole) == .streamed(size))
            }
            var downloaded: UInt64 = 0
            for try await piece in client.download(uid: 1, chunk: 60_000) { downloaded += UInt64(piece.count) }
            #expect(downloaded == size)
        }
    }

    @Test("pipelined fetches come out right and a stream that is left early does not disturb the next command")
    func pipelining() async throws {
        try await withMailbox { client, mailbox in
            for index in 1...20 { try await client.append(Self.message("p\(index)"), to: mailbox) }
            _ = try await client.select(mailbox)
            let windows = UIDSet(1...20).windowsNewestFirst(of: 7)
            var streams: [FetchStream] = []
            for window in windows { streams.append(try await client.fetch(.uids(window), items: [.envelope, .body(.whole)])) }
            var uids: [[UID]] = []
            for stream in streams { uids.append(try await stream.reduce(into: []) { $0.append($1.uid ?? 0) }) }
            #expect(uids == windows.map { Array($0) })
            for try await _ in try await client.fetch(.all, items: [.body(.whole)]) { break }
            #expect(try await client.search(.all).count == 20)
        }
    }

    @Test("quota is told, and a full mailbox refuses with OVERQUOTA")
    func quota() async throws {
        try await withMailbox("full") { client, mailbox in
            let quotas = try await client.quotas(of: client.mailboxName("INBOX"))
            #expect(quotas.first?.resources.first?.name == "STORAGE")
            let big = Self.message("big", body: String(repeating: "x", count: 400_000))
            let error = await #expect(throws: IMAPError.self) { try await client.append(big, to: mailbox) }
            #expect(error?.status?.code == .overQuota)
            #expect(client.isOpen)
        }
    }

    @Test("a password of quotes, backslashes and letters beyond ASCII travels by LOGIN too")
    func oddPassword() async throws {
        let client = try await connected()
        let password = "p\"a\\ss wörd€"
        do throws(IMAPError) {
            try await client.authenticate(.plain, .password(login: "erin@example.test", password: Secret(password)))
        } catch {
            // The bed at hand may have no such user.
            #expect(error.code == "credentials-refused")
        }
        await client.logout()
    }
}
