import ArgumentParser
import PostroomJMAP

extension AccountCommand {
    /// `postroom account share ADDRESS --with USER --right read|write|send`
    struct Share: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "share", abstract: "Lets another user use an account: read it, also change it, also send from it.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: Named
        @Option(name: .customLong("with"), help: "The other user's name.") var other: String
        @Option(help: ArgumentHelp("What he may do; each includes those before it.", valueName: "read|write|send")) var right: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                let account = try await session.account(named.address, user: named.user)
                let body = JSONObject([("user", .string(other)), ("right", .string(right))])
                let share = try await session.api.send("POST", "/api/v1/accounts/\(account.id)/shares", .object(body))
                options.json
                    ? Terminal.print(json: share)
                    : Terminal.print("\(named.address) is shared with \(share.object?.text("userName") ?? other): \(right).")
            }
        }
    }

    /// `postroom account unshare ADDRESS --with USER`
    struct Unshare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unshare", abstract: "Ends that; the account's owner keeps everything.")
        @OptionGroup var options: GlobalOptions
        @OptionGroup var named: Named
        @Option(name: .customLong("with"), help: "The other user's name.") var other: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                let account = try await session.account(named.address, user: named.user)
                let user = try await CommandAnswers.userID(other, session.api)
                try await session.api.send("DELETE", "/api/v1/accounts/\(account.id)/shares/\(user)")
                options.json
                    ? Terminal.print(json: .object(JSONObject([("unshared", .string(named.address)), ("with", .string(other))])))
                    : Terminal.print("\(named.address) is no longer shared with \(other).")
            }
        }
    }
}
