import ArgumentParser
import Foundation
import PostroomJMAP

/// `postroom domain list|add|remove`
struct DomainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain", abstract: "Domains that belong to providers.", subcommands: [List.self, Add.self, Remove.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the domains.")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await CommandSession.run(options) { session in
                let domains = try await CommandAnswers.list("domains", from: session.api, "/api/v1/domains")
                if options.json { return Terminal.print(json: .array(domains.map { .object($0) })) }
                Terminal.table(["DOMAIN", "PROVIDER"], domains.map { [$0.text("domain"), $0.text("providerName")] })
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "add", abstract: "Says which provider serves a domain.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The domain.") var domain: String
        @Argument(help: "The provider's name or id.") var provider: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                let id = try await CommandAnswers.provider(provider, session.api).text("id")
                let body = JSONObject([("domain", .string(domain)), ("providerId", .string(id))])
                let answer = try await session.api.send("POST", "/api/v1/domains", .object(body))
                options.json ? Terminal.print(json: answer) : Terminal.print("\(domain) belongs to \(provider) now.")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "remove", abstract: "Takes a domain out of the directory.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The domain.") var domain: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                let path = domain.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", "."])) ?? domain
                try await session.api.send("DELETE", "/api/v1/domains/\(path)")
                options.json
                    ? Terminal.print(json: .object(JSONObject([("removed", .string(domain))]))) : Terminal.print("Removed \(domain).")
            }
        }
    }
}
