import Foundation
import MailProtocol
import MailTransport
import Testing

/// One day in a mailbox on every IMAP server that the bed has, each with what it offers and the fallback for what it doesn't.
@Suite("IMAP on every server of the bed", .enabled(if: MailBed.isUp), .timeLimit(.minutes(3)))
struct IMAPOtherServersTests {
    static let servers = ["imaps", "cyrus_imaps", "courier_imaps"].filter { MailBed.shared?.ports[$0] != nil }

    @Test("sign in, list, make, append, fetch, search, store, copy, move, expunge, hear news, remove", arguments: servers)
    func day(server: String) async throws {
        let bed = try #require(MailBed.shared)
        func signedIn() async throws(IMAPError) -> IMAPClient {
            let client = try await IMAPClient.connect(to: bed.endpoint(server, security: .tls), options: bed.options())
            let method = try await client.signIn(MailBed.password(of: "bob"))
            #expect(method != .login)
            return client
        }
        let client = try await signedIn()
        let known = client.capabilities
        try await client.enable(["QRESYNC", "CONDSTORE"])
        let space = try #require(try await client.namespaces().personal.first)
        let name = client.mailboxName("\(space.prefix.path)day-\(UUID().uuidString.prefix(8))")
        let target = client.mailboxName(name.path + "-target")
        try await client.create(name)
        try await client.create(target)
        try await client.subscribe(name)
        let listed = try await client.listMailboxes(status: [.messages, .uidNext, .uidValidity, .unseen, .size])
        let mine = try #require(listed.first { $0.mailbox.name == name })
        #expect(mine.isSubscribed && mine.status?.messages == 0 && mine.mailbox.delimiter == space.delimiter)

        let message = Array(
            "From: a@example.test\r\nTo: b@example.test\r\nSubject: one\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n\r\nHello\r\n".utf8)
        for index in 0..<3 {
            let appended = try await client.append(message, to: name, flags: index == 0 ? [.seen] : [], date: 1_700_000_000)
            #expect(!known.hasUIDPlus || appended != nil)
        }
        let selected = try await client.select(name, condStore: true)
        #expect(selected.exists == 3 && selected.uidValidity > 0)
        #expect(!known.hasCondStore || selected.highestModSeq != nil)
        let uids = try await client.search(.all)
        #expect(uids.count == 3)
        let first = try #require(uids.min)
        var fetched = 0
        let items: [IMAP.FetchItem] = [
            .flags, .modSeq, .internalDate, .size, .envelope, .bodyStructure, .body(.whole), .emailID, .preview(),
        ]
        for try await one in try await client.fetch(.uids(uids), items: items) {
            fetched += 1
            #expect(one.body(.whole) == .bytes(message[...]) && one.size == UInt64(message.count))
            #expect(one.internalDate == 1_700_000_000 && one.envelope?.subject == "one" && one.bodyStructure != nil && one.defects.isEmpty)
            #expect(!known.hasObjectID || one.emailID != nil)
        }
        #expect(fetched == 3)
        #expect(try await client.search(.and([.subject("one"), .flag(.seen)])) == [first])
        #expect(try await client.searchResult(.all, returning: [.all, .count, .max]).count == 3)
        try await client.store(.uids([first]), .add([.flagged]))
        let copied = try await client.copy([first], to: target)
        #expect(!known.hasUIDPlus || copied?.pairs[first] != nil)
        try await client.move([first], to: target)
        #expect(try await client.search(.all) == uids.subtracting([first]))
        #expect(try await client.status(of: target, [.messages]).messages == 2)

        // News, told while another session appends.
        try await client.startIdling()
        let other = try await signedIn()
        try await other.append(message, to: name)
        if known.hasIdle { for try await event in client.events { if event == .exists(3) { break } } }
        try await client.stopIdling()
        try await client.noop()
        #expect(try await client.search(.all).count == 3)
        if try await other.compress() { try await other.noop() }
        await other.logout()

        // Where all of this began, as a new connection finds it, with the list in the same round trip.
        let later = try await signedIn()
        #expect(later.canResume || server == "courier_imaps")
        if later.canResume {
            let point = IMAP.QResync(uidValidity: selected.uidValidity, modSeq: try #require(selected.highestModSeq))
            let resumed = try await later.resume(name, since: point, isEnabled: false, status: [.messages])
            let opened = try resumed.opened.get()
            #expect(
                resumed.isEnabled && opened.exists == 3 && opened.vanished.contains(first) && opened.uidValidity == selected.uidValidity)
            #expect(resumed.listed.first { $0.mailbox.name == name }?.status?.messages == 3)
            #expect(resumed.listed.first { $0.mailbox.name == target }?.status?.messages == 2)
        }
        await later.logout()

        try await client.unselect()
        try await client.unsubscribe(name)
        try await client.delete(name)
        try await client.delete(target)
        await client.logout()
    }
}
