import ArgumentParser
import Foundation
import PostroomJMAP

/// `postroom user add|list|passwd|remove`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "People who sign in to Postroom.",
        subcommands: [Add.self, List.self, Password.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "add", abstract: "Adds a user.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "What the person types to sign in.") var name: String
        @Flag(help: "With an administrator's rights.") var admin = false
        @Option(help: "How the person is shown.") var displayName: String?
        @Option(help: "Language of the page: en or ru.") var language: String?
        @Flag(name: .customLong("password-stdin"), help: "Take the password from standard input.") var passwordFromInput = false

        func run() async throws {
            let password = try Terminal.password(fromInput: passwordFromInput)
            try await CommandSession.run(options) { session in
                var body = JSONObject([("name", .string(name)), ("password", .string(password)), ("isAdmin", .bool(admin))])
                if let displayName { body.set("displayName", to: .string(displayName)) }
                if let language { body.set("language", to: .string(language)) }
                let user = try await session.api.send("POST", "/api/v1/users", .object(body))
                options.json ? Terminal.print(json: user) : Terminal.print("Added user \(name)\(admin ? " (administrator)" : "").")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the users.")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await CommandSession.run(options) { session in
                let users = try await CommandAnswers.list("users", from: session.api, "/api/v1/users")
                if options.json { return Terminal.print(json: .array(users.map { .object($0) })) }
                if users.isEmpty { return Terminal.print("No users yet. Add the first: postroom user add NAME --admin --password-stdin") }
                Terminal.table(
                    ["NAME", "SHOWN AS", "ROLE", "ACCOUNTS"],
                    users.map { user in
                        [
                            user.text("name"), user.text("displayName"),
                            user.flag("isDisabled") ? "disabled" : user.flag("isAdmin") ? "administrator" : "member",
                            user.text("accountCount"),
                        ]
                    })
            }
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "passwd", abstract: "Sets a user's password and ends his sessions.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The user's name.") var name: String
        @Flag(name: .customLong("password-stdin"), help: "Take the password from standard input.") var passwordFromInput = false

        func run() async throws {
            let password = try Terminal.password(fromInput: passwordFromInput)
            try await CommandSession.run(options) { session in
                let id = try await CommandAnswers.userID(name, session.api)
                let user = try await session.api.send(
                    "PATCH", "/api/v1/users/\(id)", .object(JSONObject([("password", .string(password))])))
                options.json ? Terminal.print(json: user) : Terminal.print("Changed the password of \(name).")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Removes a user with his accounts here; nothing on the mail servers.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The user's name.") var name: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                try await session.api.send("DELETE", "/api/v1/users/\(try await CommandAnswers.userID(name, session.api))")
                options.json
                    ? Terminal.print(json: .object(JSONObject([("removed", .string(name))]))) : Terminal.print("Removed user \(name).")
            }
        }
    }
}
