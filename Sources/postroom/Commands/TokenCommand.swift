import ArgumentParser
import PostroomJMAP

/// `postroom token create|list|revoke`
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Tokens with which programs act as a user.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Makes a token and prints it this once.")
        @OptionGroup var options: GlobalOptions
        @Option(help: "Whose token.") var user: String
        @Option(help: "What it is for.") var name = "command line"

        func run() async throws {
            try await CommandSession.run(options) { session in
                let answer = try await session.api.send(
                    "POST", "/api/v1/tokens", .object(JSONObject([("name", .string(name))])), as: user)
                options.json ? Terminal.print(json: answer) : Terminal.print(answer.object?.text("secret") ?? "")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists a user's tokens.")
        @OptionGroup var options: GlobalOptions
        @Option(help: "Whose tokens.") var user: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                let tokens = try await CommandAnswers.list("tokens", from: session.api, "/api/v1/tokens", as: user)
                if options.json { return Terminal.print(json: .array(tokens.map { .object($0) })) }
                Terminal.table(
                    ["ID", "NAME", "CREATED", "LAST USED"],
                    tokens.map { [$0.text("id"), $0.text("name"), $0.text("createdAt"), $0.text("lastUsedAt")] })
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Revokes a token by its id.")
        @OptionGroup var options: GlobalOptions
        @Option(help: "Whose token.") var user: String
        @Argument(help: "The token's id, as in the list.") var id: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                try await session.api.send("DELETE", "/api/v1/tokens/\(id)", as: user)
                options.json
                    ? Terminal.print(json: .object(JSONObject([("revoked", .string(id))]))) : Terminal.print("Revoked token \(id).")
            }
        }
    }
}
