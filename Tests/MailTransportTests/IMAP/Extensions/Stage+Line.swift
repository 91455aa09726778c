import MailProtocol
import MailTransport
import Testing

/// Extensions about the line itself, and about the messages' content.
extension Stage {
    func line(_ it: IMAPExtension, isOffered: Bool) async throws {
        switch it {
        case .literalPlus:
            // Both a message and a word beyond ASCII are literals: sent at once where the server lets us, else after its `+`.
            try await filled("=?utf-8?B?R3LDvMOfZQ==?=")
            #expect(try await client.search(.subject("Grüße")) == [1])
            #expect(try await client.search(.subject("Grüße \"\\")).isEmpty)
        case .idle:
            try await filled("one")
            try await client.startIdling()
            let other = try await server.signedIn()
            try await other.append(Self.message("news"), to: mailbox)
            for try await event in client.events { if event == .exists(2) { break } }
            await other.logout()
            // A command in between ends it and takes it up again.
            #expect(try await client.search(.all) == [1, 2])
            try await client.stopIdling()
        case .compress:
            #expect(try await client.compress() == isOffered)
            let message = Self.message("squeezed", body: String(repeating: "Lorem ipsum dolor sit amet.\r\n", count: 5_000))
            try await client.append(message, to: mailbox)
            _ = try await client.select(mailbox)
            #expect(try await fetched([.body(.whole)]).first?.body(.whole) == .bytes(message[...]))
        case .saslIR:
            // With or without an initial response the same mechanism signs in.
            let client = try await server.connected()
            #expect(client.capabilities.hasInitialResponse == isOffered)
            try await client.authenticate(.plain, MailBed.password(of: "carol"))
            #expect(try await client.select(client.mailboxName("INBOX")).uidValidity > 0)
            await client.logout()
        case .appendLimit:
            guard isOffered else {
                #expect(client.capabilities.appendLimit == nil)
                return
            }
            let limit = try #require(client.capabilities.appendLimit)
            // Refused before a byte is sent: the source is never asked.
            let error = await #expect(throws: IMAPError.self) {
                try await client.append(to: mailbox, size: limit + 1) { _ in Issue.record("asked for bytes") }
            }
            #expect(error?.cause == .tooLarge(size: limit + 1, limit: limit) && client.isOpen)
            // The number is told for the whole server, and Cyrus knows no such item of STATUS: it is not asked for.
            #expect(try await client.status(of: mailbox, [.appendLimit]).appendLimit == nil)
        default: Issue.record("\(it) has no exercise here")
        }
    }

    func messages(_ it: IMAPExtension, isOffered: Bool) async throws {
        switch it {
        case .binary:
            try await client.append(
                Self.message(
                    "one", more: "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n",
                    body: "R3LDvMOfZQ=="), to: mailbox)
            _ = try await client.select(mailbox)
            let message = try #require(try await fetched([.binary(part: [1]), .binarySize(part: [1]), .size]).first)
            let body = message.bodies.first { $0.isBinary }?.bytes.map { String(decoding: $0, as: UTF8.self) }
            #expect(body == (isOffered ? "Grüße" : nil))
            #expect(message.binarySizes.first?.size == (isOffered ? UInt64("Grüße".utf8.count) : nil))
        case .objectID:
            let selected = try await filled("one")
            try await client.copy([1], to: mailbox)
            try await client.noop()
            let both = try await fetched([.emailID, .threadID])
            #expect(both.count == 2)
            #expect((selected.mailboxID != nil) == isOffered)
            #expect(try await client.status(of: mailbox, [.mailboxID]).mailboxID == selected.mailboxID)
            // A copy is the same email.
            #expect((both.first?.emailID != nil) == isOffered && both.first?.emailID == both.last?.emailID)
            #expect((both.first?.threadID != nil) == isOffered && both.first?.threadID == both.last?.threadID)
        case .preview:
            try await filled("one")
            let message = try #require(try await fetched([.preview(), .size]).first)
            // Cyrus offers it and has none unless its JMAP made one: NIL is an answer too.
            #expect((message.preview?.string.contains("Hello") == true) == (server == .dovecot))
            #expect(message.defects.isEmpty)
        case .saveDate:
            try await client.append(Self.message("one"), to: mailbox, date: 1_500_000_000)
            _ = try await client.select(mailbox)
            let message = try #require(try await fetched([.saveDate, .internalDate]).first)
            #expect(message.internalDate == 1_500_000_000)
            // When it was put here, whatever date it carries.
            #expect(((message.saveDate ?? 0) > 1_700_000_000) == isOffered)
        default: Issue.record("\(it) has no exercise here")
        }
    }
}
