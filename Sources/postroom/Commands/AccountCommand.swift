import ArgumentParser
import Foundation
import PostroomJMAP

/// `postroom account add|list|show|doctor|pause|resume|reauth|share|unshare|quota|quarantine|rethread|remove`
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Connected mailboxes.",
        subcommands: [
            Add.self, List.self, Show.self, Doctor.self, Pause.self, Resume.self, Reauthorize.self, Share.self, Unshare.self,
            AccountQuotaCommand.self, AccountQuarantineCommand.self, AccountRethreadCommand.self, Remove.self,
        ])

    /// An account by its address.
    struct Named: ParsableArguments {
        @Argument(help: "The account's address.") var address: String
        @Option(help: "Whose account, where several users connected it.") var user: String?
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Connects a mailbox: signs in to receive and to send, then saves it.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The mailbox's address.") var address: String
        @Option(help: "Whose account it becomes.") var user: String
        @Option(help: "The provider's name or id; found by the domain where it is left out.") var provider: String?
        @Flag(help: "Use servers that discovery only guessed, or that another domain holds: they get the password.") var acceptDiscovered =
            false
        @Option(help: "The login, where it is not made from the address.") var login: String?
        @Option(help: "The name that mail is sent with.") var senderName: String?
        @Flag(name: .customLong("password-stdin"), help: "Take the password from standard input.") var passwordFromInput = false
        @Flag(help: "Sign in at the provider's page on another device (OAuth 2.0).") var device = false

        func run() async throws {
            let password = device ? "" : try Terminal.password(fromInput: passwordFromInput)
            try await CommandSession.run(options) { session in
                var id: String?
                var discovered: JSONObject?
                if let provider {
                    id = try await CommandAnswers.provider(provider, session.api, as: user).text("id")
                } else {
                    let path = address.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? address
                    let found = try await session.api.send("GET", "/api/v1/discovery?address=\(path)", as: user)
                    if let match = found.object?["provider"]?.object {
                        id = match.text("id")
                    } else {
                        discovered = try DiscoverCommand.usable(found, address: address, isConfirmed: acceptDiscovered)
                    }
                }
                var body = JSONObject([("address", .string(address))])
                if let id { body.set("providerId", to: .string(id)) }
                if let discovered { body.set("provider", to: .object(discovered)) }
                if let login { body.set("login", to: .string(login)) }
                if let senderName { body.set("senderName", to: .string(senderName)) }
                if device {
                    let account = try await DeviceSignIn(api: session.api, user: user).run(body)
                    return options.json ? Terminal.print(json: account) : Terminal.print("Connected \(address).")
                }
                body.set("password", to: .string(password))
                let account = try await session.api.send("POST", "/api/v1/accounts", .object(body), as: user)
                if options.json { return Terminal.print(json: account) }
                if let notice = account.object?["notice"]?.object {
                    Terminal.note([notice.text("title"), notice.text("detail")].joined(separator: ". "))
                }
                Terminal.print("Connected \(address).")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists all accounts.")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await CommandSession.run(options) { session in
                let accounts = try await CommandAnswers.list("accounts", from: session.api, "/api/v1/accounts?all=1")
                if options.json { return Terminal.print(json: .array(accounts.map { .object($0) })) }
                if accounts.isEmpty { return Terminal.print("No accounts yet. Connect one: postroom account add ADDRESS --user NAME") }
                Terminal.table(
                    ["ADDRESS", "PROVIDER", "USER", "STATE", "LAST SEEN"],
                    accounts.map { account in
                        let status = account["status"]?.object ?? JSONObject()
                        let reason = status["diagnosis"]?.object?.text("title") ?? ""
                        return [
                            account.text("address"), account.text("providerName"), account.text("userName"),
                            status.text("phase") + (reason.isEmpty ? "" : ": \(reason)"), status.text("lastProofOfLife"),
                        ]
                    })
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows an account.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: Named

        func run() async throws {
            try await CommandSession.run(options) { session in
                let found = try await session.account(named.address, user: named.user)
                var account = found.json
                let held = try await session.api.send("GET", "/api/v1/accounts/\(found.id)/quarantine", as: found.owner)
                let messages = (held.object?["messages"]?.array ?? []).compactMap(\.object)
                if options.json {
                    account.set("quarantine", to: .array(messages.map { .object($0) }))
                    return Terminal.print(json: .object(account))
                }
                for (key, value) in account.entries where value.object == nil && value.array == nil {
                    Terminal.print(key + String(repeating: " ", count: max(1, 18 - key.count)) + account.text(key))
                }
                for (key, value) in account["status"]?.object?.entries ?? [] where value.object == nil && !value.isNull {
                    Terminal.print("status.\(key) " + (account["status"]?.object?.text(key) ?? ""))
                }
                let grant = account["grant"]?.object ?? JSONObject()
                for (key, value) in grant.entries where value.object == nil && !value.isNull && !["accountId", "address"].contains(key) {
                    let scopes = value.array?.compactMap(\.string).joined(separator: " ")
                    Terminal.print("grant.\(key) " + (scopes ?? grant.text(key)))
                }
                if let diagnosis = grant["diagnosis"]?.object {
                    Terminal.print("grant.diagnosis \(diagnosis.text("title")). \(diagnosis.text("fix"))")
                }
                if !messages.isEmpty {
                    Terminal.print("Not fetched (try again: postroom account quarantine \(named.address) --retry):")
                    AccountQuarantineCommand.show(messages)
                }
            }
        }
    }

    struct Doctor: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "doctor", abstract: "Tries receiving and sending stage by stage and says what is wrong.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: Named
        @Flag(help: "Also send a message to oneself and wait up to a minute for it in the inbox.") var sendMessage = false

        func run() async throws {
            try await CommandSession.run(options) { session in
                let account = try await session.account(named.address, user: named.user)
                let body = JSONValue.object(JSONObject([("sendMessage", .bool(sendMessage))]))
                let answer = try await session.api.send("POST", "/api/v1/accounts/\(account.id)/doctor", body)
                let stages = (answer.object?["stages"]?.array ?? []).compactMap(\.object)
                let failed = stages.first { $0.text("verdict") == "failed" }
                if options.json {
                    Terminal.print(json: answer)
                } else {
                    AccountCommand.show(stages)
                }
                if failed != nil { throw ExitCode(CommandFailure.Code.unavailable.rawValue) }
            }
        }
    }

    static func show(_ stages: [JSONObject]) {
        let marks = ["ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"]
        for stage in stages {
            Terminal.print(
                "\(marks[stage.text("verdict")] ?? " ") \(stage.text("side").uppercased()) \(stage.text("name")) "
                    + "(\(stage.text("milliseconds")) ms) \(stage.text("evidence"))")
            guard let diagnosis = stage["diagnosis"]?.object else { continue }
            for part in ["title", "detail", "fix", "actorName", "serverText"] where !diagnosis.text(part).isEmpty {
                Terminal.print("    \(part == "actorName" ? "→ " : "")\(diagnosis.text(part))")
            }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "pause", abstract: "Stops mirroring and sending for an account.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: Named
        func run() async throws { try await AccountCommand.act(options, named, "POST", "/pause", done: "Paused") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "resume", abstract: "Goes on with a paused account.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: Named
        func run() async throws { try await AccountCommand.act(options, named, "POST", "/resume", done: "Resumed") }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Removes an account and its mail here; nothing on the server.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: Named
        func run() async throws { try await AccountCommand.act(options, named, "DELETE", "", done: "Removed") }
    }

    struct Reauthorize: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reauth",
            abstract: "Signs an account in again, by password or at its provider's page; mail, ids and progress stay.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: Named
        @Option(help: "A new login, where that changed too.") var login: String?
        @Flag(name: .customLong("password-stdin"), help: "Take the password from standard input.") var passwordFromInput = false

        func run() async throws {
            try await CommandSession.run(options) { session in
                let account = try await session.account(named.address, user: named.user)
                if account.json.text("authentication") == "oauth2", !passwordFromInput {
                    let again = JSONObject([("accountId", .string(account.id))])
                    let answer = try await DeviceSignIn(api: session.api, user: account.owner).run(again)
                    return options.json ? Terminal.print(json: answer) : Terminal.print("Signed \(named.address) in again.")
                }
                let password = try Terminal.password(fromInput: passwordFromInput)
                var body = JSONObject([("password", .string(password))])
                if let login { body.set("login", to: .string(login)) }
                let answer = try await session.api.send("PATCH", "/api/v1/accounts/\(account.id)", .object(body), as: account.owner)
                options.json ? Terminal.print(json: answer) : Terminal.print("Signed \(named.address) in again.")
            }
        }
    }

    static func act(_ options: GlobalOptions, _ named: Named, _ method: String, _ suffix: String, done: String) async throws {
        try await CommandSession.run(options) { session in
            let account = try await session.account(named.address, user: named.user)
            let answer = try await session.api.send(method, "/api/v1/accounts/\(account.id)\(suffix)")
            let shown = answer.isNull ? JSONValue.object(JSONObject([("removed", .string(named.address))])) : answer
            options.json ? Terminal.print(json: shown) : Terminal.print("\(done) \(named.address).")
        }
    }
}
