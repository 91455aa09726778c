import ArgumentParser
import Foundation
import PostroomJMAP

/// `postroom mail list|read|search|send`
struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Mail of connected accounts.", subcommands: [List.self, Read.self, Search.self, Send.self])

    static let listProperties: JSONValue = .array(
        ["id", "threadId", "mailboxIds", "keywords", "from", "to", "subject", "receivedAt", "size", "preview", "hasAttachment"].map {
            .string($0)
        })

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists emails, newest first.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: AccountCommand.Named
        @Option(help: "A folder's path; the inbox where it is left out.") var folder: String?
        @Option(help: "At most so many.") var limit = 50

        func run() async throws {
            try await CommandSession.run(options) { session in
                let account = try await session.account(named.address, user: named.user)
                let box = try await MailCommand.mailbox(folder, account.jmapID, session.api, as: account.owner)
                let emails = try await MailCommand.emails(
                    filter: .object(JSONObject([("inMailbox", .string(box))])), limit: limit, account: account.jmapID, session.api,
                    as: account.owner, folder: folder)
                MailCommand.show(emails, options)
            }
        }
    }

    struct Search: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "search",
            abstract: "Finds emails; from:, to:, subject:, in:, has:attachment, is:unread, before:, after:, quotes, minus and OR work.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: AccountCommand.Named
        @Argument(help: "What to look for.") var query: String
        @Option(help: "At most so many.") var limit = 50

        func run() async throws {
            try await CommandSession.run(options) { session in
                let account = try await session.account(named.address, user: named.user)
                let path = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? query
                let parsed = try await session.api.send(
                    "GET", "/api/v1/accounts/\(account.id)/search-filter?query=\(path)", as: account.owner)
                let emails = try await MailCommand.emails(
                    filter: parsed.object?["filter"] ?? .null, limit: limit, account: account.jmapID, session.api, as: account.owner,
                    folder: nil)
                MailCommand.show(emails, options)
            }
        }
    }

    struct Read: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "read", abstract: "Shows one email.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The email's id, as `mail list` prints it.") var id: String
        @Option(help: "The account's address; needed where the id is known in several accounts.") var account: String?
        @Flag(help: "Write the RFC 5322 source, byte for byte.") var raw = false

        func run() async throws {
            try await CommandSession.run(options) { session in
                let (email, found) = try await MailCommand.find(id, account, session)
                if raw {
                    let blob = email.text("blobId")
                    let bytes = try await session.api.bytes(
                        "/jmap/download/\(found.jmapID)/\(blob)/message.eml?accept=message%2Frfc822", as: found.owner)
                    FileHandle.standardOutput.write(Data(bytes))
                } else if options.json {
                    Terminal.print(json: .object(email))
                } else {
                    MailCommand.show(email)
                }
            }
        }
    }
}

extension MailCommand {
    static func mailbox(_ path: String?, _ account: String, _ api: APIClient, as owner: String) async throws -> String {
        let answer = try await api.jmap(
            [("Mailbox/get", .object(JSONObject([("accountId", .string(account)), ("ids", .null)])))], as: owner)
        let boxes = (answer.first?["list"]?.array ?? []).compactMap(\.object)
        guard let path else {
            guard let inbox = boxes.first(where: { $0.text("role") == "inbox" }) else {
                throw CommandFailure(.tryLater, "The folders are not known yet: run postroom sync first.")
            }
            return inbox.text("id")
        }
        let byID = Dictionary(boxes.map { ($0.text("id"), $0) }, uniquingKeysWith: { first, _ in first })
        func fullPath(_ box: JSONObject) -> String {
            guard let parent = byID[box.text("parentId")] else { return box.text("name") }
            return fullPath(parent) + "/" + box.text("name")
        }
        let wanted = path.lowercased()
        let match = boxes.first {
            fullPath($0).lowercased() == wanted || $0.text("role") == wanted || $0.text("name").lowercased() == wanted
        }
        guard let match else {
            let known = boxes.map(fullPath).sorted().joined(separator: ", ")
            throw CommandFailure(.badInput, "There is no folder “\(path)”. There are: \(known).")
        }
        return match.text("id")
    }

    /// A page of emails with the place of each on its server.
    static func emails(
        filter: JSONValue, limit: Int, account: String, _ api: APIClient, as owner: String, folder: String?
    ) async throws -> [JSONObject] {
        let sort = JSONValue.array([.object(JSONObject([("property", .string("receivedAt")), ("isAscending", .bool(false))]))])
        let query = JSONObject([
            ("accountId", .string(account)), ("filter", filter), ("sort", sort), ("limit", .int(Int64(max(0, limit)))),
        ])
        let reference = JSONObject([("resultOf", .string("c0")), ("name", .string("Email/query")), ("path", .string("/ids"))])
        let get = JSONObject([("accountId", .string(account)), ("#ids", .object(reference)), ("properties", listProperties)])
        let answers = try await api.jmap([("Email/query", .object(query)), ("Email/get", .object(get))], as: owner)
        let emails = (answers.last?["list"]?.array ?? []).compactMap(\.object)
        guard !emails.isEmpty else { return [] }
        let ids = emails.map { $0.text("id") }.joined(separator: ",")
        let places = try await CommandAnswers.list("placements", from: api, "/api/v1/accounts/\(account)/placements?ids=\(ids)", as: owner)
        let byEmail = Dictionary(grouping: places) { $0.text("emailId") }
        return emails.map { email in
            let places = byEmail[email.text("id")] ?? []
            let place = places.first { $0.text("folder").lowercased() == folder?.lowercased() } ?? places.first
            let keywords = (email["keywords"]?.object?.entries ?? []).map { JSONValue.string($0.key) }
            return JSONObject([
                ("id", .string(email.text("id"))), ("uid", place?["uid"] ?? .null), ("folder", place?["folder"] ?? .null),
                ("from", .string(addresses(email["from"]))), ("to", .string(addresses(email["to"]))),
                ("subject", .string(email.text("subject"))), ("receivedAt", .string(email.text("receivedAt"))),
                ("size", email["size"] ?? .null), ("keywords", .array(keywords)),
            ])
        }
    }

    static func addresses(_ value: JSONValue?) -> String {
        (value?.array ?? []).compactMap(\.object).map { address in
            let (name, email) = (address.text("name"), address.text("email"))
            return name.isEmpty ? email : "\(name) <\(email)>"
        }.joined(separator: ", ")
    }

    static func show(_ emails: [JSONObject], _ options: GlobalOptions) {
        if options.json { return Terminal.print(json: .array(emails.map { .object($0) })) }
        if emails.isEmpty { return Terminal.print("No emails.") }
        Terminal.table(
            ["ID", "DATE", " ", "FROM", "SUBJECT"],
            emails.map { email in
                let keywords = (email["keywords"]?.array ?? []).compactMap(\.string)
                let mark = (keywords.contains("$seen") ? "" : "•") + (keywords.contains("$flagged") ? "★" : "")
                return [
                    email.text("id"), String(email.text("receivedAt").prefix(16)).replacing("T", with: " "), mark,
                    String(email.text("from").prefix(32)), String(email.text("subject").prefix(90)),
                ]
            })
    }

    typealias FoundAccount = (id: String, jmapID: String, owner: String, json: JSONObject)

    /// The email in the one account that has it.
    static func find(_ id: String, _ address: String?, _ session: CommandSession) async throws -> (JSONObject, FoundAccount) {
        var accounts: [FoundAccount] = []
        if let address {
            accounts = [try await session.account(address)]
        } else {
            for account in try await CommandAnswers.list("accounts", from: session.api, "/api/v1/accounts?all=1") {
                if let found = try? await session.account(account.text("address")) { accounts.append(found) }
            }
        }
        var matches: [(JSONObject, FoundAccount)] = []
        for account in accounts {
            let get = JSONObject([
                ("accountId", .string(account.jmapID)), ("ids", .array([.string(id)])), ("fetchTextBodyValues", .bool(true)),
                ("properties", .array(readProperties.map { .string($0) })),
            ])
            let answer = try await session.api.jmap([("Email/get", .object(get))], as: account.owner)
            if let email = answer.first?["list"]?.array?.first?.object { matches.append((email, account)) }
        }
        guard let match = matches.first else { throw CommandFailure(.badInput, "There is no email “\(id)”.") }
        guard matches.count == 1 else {
            let names = matches.map { $0.1.json.text("address") }.joined(separator: ", ")
            throw CommandFailure(.usage, "Several accounts have an email \(id) (\(names)): say which with --account ADDRESS.")
        }
        return match
    }

    static let readProperties = [
        "id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "sentAt", "messageId", "inReplyTo", "references",
        "from",
        "to", "cc", "bcc", "replyTo", "subject", "textBody", "attachments", "bodyValues", "hasAttachment", "preview",
    ]

    static func show(_ email: JSONObject) {
        for (title, name) in [("From", "from"), ("To", "to"), ("Cc", "cc"), ("Reply-To", "replyTo")] {
            let text = addresses(email[name])
            if !text.isEmpty { Terminal.print("\(title): \(text)") }
        }
        Terminal.print("Date: \(email.text("sentAt").isEmpty ? email.text("receivedAt") : email.text("sentAt"))")
        Terminal.print("Subject: \(email.text("subject"))")
        for part in (email["attachments"]?.array ?? []).compactMap(\.object) {
            Terminal.print("Attachment: \(part.text("name").isEmpty ? part.text("type") : part.text("name")) (\(part.text("size")) bytes)")
        }
        Terminal.print("")
        for part in (email["textBody"]?.array ?? []).compactMap(\.object) {
            Terminal.print(email["bodyValues"]?.object?[part.text("partId")]?.object?.text("value") ?? "")
        }
    }
}
