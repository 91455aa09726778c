import MailProtocol
import MailTransport
import Testing

/// Extensions about mailboxes and the session.
extension Stage {
    func mailboxes(_ it: IMAPExtension, isOffered: Bool) async throws {
        switch it {
        case .namespace:
            let space = try #require(try await client.namespaces().personal.first)
            #expect(space.delimiter == (server == .courier ? "." : "/"))
            #expect(space.prefix.path == (server == .courier ? "INBOX." : ""))
        case .id:
            let told = try await client.identify(as: ["name": "Postroom"])
            #expect(told.keys.contains("name") == isOffered)
        case .children:
            try await client.create(try await child("below"))
            let listed = try await client.listMailboxes()
            #expect(listed.first { $0.mailbox.name == mailbox }?.mailbox.attributes.contains(.hasChildren) == true)
            let leaf = try await child("below")
            #expect(listed.first { $0.mailbox.name == leaf }?.mailbox.attributes.contains(.hasChildren) == false)
            try await remove(leaf)
        case .enable:
            let enabled = try await client.enable(["QRESYNC", "CONDSTORE", "UTF8=ACCEPT", "NO-SUCH-THING"])
            #expect(enabled == (server == .courier ? ["UTF8=ACCEPT"] : server == .dovecot ? ["QRESYNC", "CONDSTORE"] : enabled))
            #expect(enabled.contains("QRESYNC") == (server != .courier))
        case .specialUse:
            let uses = Set(try await client.listMailboxes().compactMap(\.specialUse))
            #expect(uses.isSuperset(of: isOffered ? [.sent, .drafts, .trash, .junk, .archive] : []))
            #expect(isOffered || uses.isEmpty)
        case .createSpecialUse:
            // A use is for a mailbox of the first level.
            let name = client.mailboxName(mailbox.path + "-use")
            try await client.create(name, use: [.important])
            let listed = try await client.listMailboxes().first { $0.mailbox.name == name }
            #expect(listed?.specialUse == (isOffered ? .important : nil))
            try await remove(name)
        case .listExtended, .listStatus:
            try await client.subscribe(mailbox)
            try await client.append(Self.message("one"), to: mailbox)
            let listed = try await client.listMailboxes(status: [.messages, .unseen, .uidNext])
            let mine = try #require(listed.first { $0.mailbox.name == mailbox })
            // The same whether it took one command or one for each mailbox.
            #expect(mine.isSubscribed && mine.status?.messages == 1 && mine.status?.unseen == 1 && mine.status?.uidNext == 2)
            try await client.unsubscribe(mailbox)
            #expect(try await client.listMailboxes().first { $0.mailbox.name == mailbox }?.isSubscribed == false)
        case .statusSize:
            let message = Self.message("one")
            try await client.append(message, to: mailbox)
            #expect(try await client.status(of: mailbox, [.messages, .size]).size == (isOffered ? UInt64(message.count) : nil))
        case .quota:
            let quotas = try await client.quotas(of: client.mailboxName("INBOX"))
            #expect(!quotas.isEmpty)
            // Cyrus and Courier have quota roots here and no limits on them.
            #expect(quotas.flatMap(\.resources).isEmpty == (server != .dovecot))
        case .notify:
            guard isOffered else {
                #expect(try await !client.notifyPersonal())
                return
            }
            #expect(try await client.notifyPersonal())
            try await client.startIdling()
            let other = try await server.signedIn()
            try await other.append(Self.message("elsewhere"), to: mailbox)
            for try await event in client.events {
                if case .mailboxStatus(mailbox, let status) = event, status.messages == 1 { break }
            }
            await other.logout()
            try await client.stopIdling()
            try await client.notifyNone()
        case .utf8Accept:
            try await client.enable(["UTF8=ACCEPT"])
            #expect(client.isUTF8Enabled == isOffered)
            let delimiter = try #require(try await client.namespaces().personal.first?.delimiter)
            let name = client.mailboxName("\(mailbox.path)\(delimiter)Grüße")
            try await client.create(name)
            #expect(try await client.listMailboxes().contains { $0.mailbox.name.path == name.path })
            // Who did not turn it on sees the same mailbox by its old spelling.
            let other = try await server.signedIn()
            #expect(try await other.listMailboxes().contains { $0.mailbox.name.path == name.path })
            await other.logout()
            try await remove(name)
        default: Issue.record("\(it) has no exercise here")
        }
    }
}
