import Foundation
import MailProtocol
import MailTransport
import Testing

/// The IMAP servers of the bed, by the name of their TLS port.
enum RealServer: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case dovecot = "imaps"
    case cyrus = "cyrus_imaps"
    case courier = "courier_imaps"

    /// Those that this machine could start; which ones are missing is told by `IMAPExtensionTests.everyServer`.
    static let up = allCases.filter { MailBed.shared?.ports[$0.rawValue] != nil }

    var testDescription: String { "\(self)" }

    func connected(_ change: (inout ConnectionOptions) -> Void = { _ in }) async throws -> IMAPClient {
        let bed = try #require(MailBed.shared)
        var options = bed.options()
        change(&options)
        return try await IMAPClient.connect(to: bed.endpoint(rawValue, security: .tls), options: options)
    }

    func signedIn(as user: String = "carol") async throws -> IMAPClient {
        let client = try await connected()
        try await client.signIn(MailBed.password(of: user))
        return client
    }
}

/// A signed-in client with a new mailbox that nobody else uses.
struct Stage: Sendable {
    let server: RealServer
    let client: IMAPClient
    let mailbox: IMAP.MailboxName

    /// Runs `body` on a mailbox of its own, which is removed afterwards.
    static func run(on server: RealServer, _ body: (Stage) async throws -> Void) async throws {
        let client = try await server.signedIn()
        let space = try #require(try await client.namespaces().personal.first)
        let mailbox = client.mailboxName("\(space.prefix.path)ext-\(UUID().uuidString.prefix(8))")
        try await client.create(mailbox)
        let result: Result<Void, any Error>
        do { result = .success(try await body(Stage(server: server, client: client, mailbox: mailbox))) } catch { result = .failure(error) }
        if client.isOpen {
            try? await client.unselect()
            try? await remove(mailbox, of: server, client)
        }
        await client.logout()
        try result.get()
    }

    /// Courier takes two seconds to delete a mailbox; there they stay until the bed goes.
    private static func remove(_ mailbox: IMAP.MailboxName, of server: RealServer, _ client: IMAPClient) async throws {
        if server != .courier { try await client.delete(mailbox) }
    }

    func remove(_ mailbox: IMAP.MailboxName) async throws { try await Self.remove(mailbox, of: server, client) }

    /// A mailbox below this one's, by the server's own delimiter.
    func child(_ name: String) async throws -> IMAP.MailboxName {
        let delimiter = try #require(try await client.namespaces().personal.first?.delimiter)
        return client.mailboxName("\(mailbox.path)\(delimiter)\(name)")
    }

    static func message(
        _ subject: String, from: String = "a@example.test", date: String = "Mon, 2 Nov 2026 10:00:00 +0000",
        id: String = UUID().uuidString, more: String = "", body: String = "Hello"
    ) -> [UInt8] {
        Array(
            "From: \(from)\r\nTo: b@example.test\r\nSubject: \(subject)\r\nDate: \(date)\r\nMessage-ID: <\(id)@x.test>\r\n\(more)\r\n\(body)\r\n"
                .utf8)
    }

    /// Appends these subjects and opens the mailbox.
    @discardableResult
    func filled(_ subjects: String..., condStore: Bool = false) async throws -> SelectedMailbox {
        for subject in subjects { try await client.append(Self.message(subject), to: mailbox) }
        return try await client.select(mailbox, condStore: condStore)
    }

    func fetched(_ items: [IMAP.FetchItem], of set: IMAP.MessageSet = .all, changedSince: ModSeq? = nil) async throws -> [IMAP
        .FetchedMessage]
    {
        var found: [IMAP.FetchedMessage] = []
        for try await message in try await client.fetch(set, items: items, changedSince: changedSince) { found.append(message) }
        return found
    }
}
