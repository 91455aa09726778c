import ArgumentParser
import PostroomJMAP

/// `postroom account quarantine ADDRESS`
struct AccountQuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Lists messages that the server would not give, and tries them again.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var named: AccountCommand.Named
    @Flag(help: "Try all of them again.") var retry = false

    func run() async throws {
        try await CommandSession.run(options) { session in
            let account = try await session.account(named.address, user: named.user)
            let path = "/api/v1/accounts/\(account.id)/quarantine"
            if retry {
                let answer = try await session.api.send("POST", path + "/retry", .object(JSONObject()), as: account.owner)
                if options.json { return Terminal.print(json: answer) }
                return Terminal.print("\(answer.object?.text("retried") ?? "0") messages are tried again with the next look at the server.")
            }
            let answer = try await session.api.send("GET", path, as: account.owner)
            if options.json { return Terminal.print(json: answer) }
            let messages = (answer.object?["messages"]?.array ?? []).compactMap(\.object)
            if messages.isEmpty { return Terminal.print("Nothing is held back: every message of \(named.address) could be fetched.") }
            Self.show(messages)
        }
    }

    static func show(_ messages: [JSONObject]) {
        Terminal.table(
            ["FOLDER", "UID", "RECEIVED", "SINCE", "SUBJECT", "REASON"],
            messages.map { message in
                let copy = message["copies"]?.array?.first?.object ?? JSONObject()
                return [
                    copy.text("folder"), copy.text("uid"), message.text("receivedAt"), message.text("since"), message.text("subject"),
                    message.text("reason"),
                ]
            })
    }
}

/// `postroom account rethread ADDRESS`
struct AccountRethreadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rethread", abstract: "Works an account's conversations out anew from the mail that is here.",
        discussion:
            "By Message-ID, In-Reply-To, References and the server's own ids, never by subject. May be stopped and repeated at any time.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var named: AccountCommand.Named

    func run() async throws {
        try await CommandSession.run(options) { session in
            let account = try await session.account(named.address, user: named.user)
            var sums: [(name: String, count: Int)] = [("moved", 0), ("createdThreads", 0), ("destroyedThreads", 0)]
            var done = 0
            // Text, not a JSON value: to those `nil` is null.
            var position: String?
            repeat {
                var body = JSONObject()
                if let position { body.set("position", to: .string(position)) }
                let answer = try await session.api.send("POST", "/api/v1/accounts/\(account.id)/rethread", .object(body)).object
                let step = answer ?? JSONObject()
                for index in sums.indices { sums[index].count += step[sums[index].name]?.integer ?? 0 }
                done = step["done"]?.integer ?? 0
                Terminal.progress(named.address, done, of: step["total"]?.integer ?? 0, secondsLeft: nil)
                position = step["position"]?.string
            } while position != nil
            Terminal.endProgress()
            if options.json {
                let counts = [("emails", done)] + sums.map { ($0.name, $0.count) }
                return Terminal.print(
                    json: .object(JSONObject([("address", .string(named.address))] + counts.map { ($0.0, .int(Int64($0.1))) })))
            }
            Terminal.print(
                sums[0].count == 0
                    ? "The conversations of \(done) emails are right: nothing was changed."
                    : "\(sums[0].count) of \(done) emails are in another conversation now (\(sums[1].count) new ones, \(sums[2].count) are gone)."
            )
        }
    }
}
