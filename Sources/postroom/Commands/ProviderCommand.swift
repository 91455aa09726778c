import ArgumentParser
import Foundation
import PostroomJMAP

/// `postroom provider list|add|show|edit|remove|export|import`
struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider", abstract: "Mail services: servers, security, login format, authentication.",
        subcommands: [List.self, Add.self, Show.self, Edit.self, Remove.self, Export.self, Import.self])

    /// The settings that `add` and `edit` share.
    struct Settings: ParsableArguments {
        @Option(help: ArgumentHelp("IMAP server.", valueName: "host[:port]")) var imap: String?
        @Option(help: ArgumentHelp("ssl, starttls or none.", valueName: "security")) var imapSecurity: String?
        @Option(help: ArgumentHelp("SMTP server.", valueName: "host[:port]")) var smtp: String?
        @Option(help: ArgumentHelp("ssl, starttls or none.", valueName: "security")) var smtpSecurity: String?
        @Option(help: ArgumentHelp("manual, email or mailbox-name.", valueName: "format")) var loginFormat: String?
        @Option(help: ArgumentHelp("basic or oauth2.", valueName: "method")) var auth: String?
        @Option(help: "OAuth 2.0 application (client) id.") var clientID: String?
        @Flag(name: .customLong("client-secret-stdin"), help: "Take the OAuth 2.0 client secret from standard input.")
        var secretFromInput = false
        @Option(name: .customLong("authorize-url"), help: "OAuth 2.0 authorization endpoint.") var authorizeURL: String?
        @Option(name: .customLong("token-url"), help: "OAuth 2.0 token endpoint.") var tokenURL: String?
        @Option(help: "OAuth 2.0 scope; may be given several times.") var scope: [String] = []
        @Option(name: .customLong("revoke-url"), help: "OAuth 2.0 revocation endpoint.") var revokeURL: String?
        @Option(name: .customLong("device-url"), help: "OAuth 2.0 device authorization endpoint.") var deviceURL: String?
        @Option(name: .customLong("userinfo-url"), help: "OpenID Connect userinfo endpoint.") var userinfoURL: String?
        @Option(help: "OAuth 2.0 issuer; its addresses are asked of it where they are not given.") var issuer: String?
        @Flag(name: .customLong("public-client"), help: "The OAuth 2.0 application has no client secret.") var isPublicClient = false

        func body() throws -> JSONObject {
            var body = JSONObject()
            if let endpoint = try Self.endpoint(imap, imapSecurity, option: "--imap") { body.set("imap", to: endpoint) }
            if let endpoint = try Self.endpoint(smtp, smtpSecurity, option: "--smtp") { body.set("smtp", to: endpoint) }
            if let loginFormat { body.set("loginFormat", to: .string(loginFormat)) }
            if let auth { body.set("authentication", to: .string(auth)) }
            var oauth = JSONObject()
            if let clientID { oauth.set("clientId", to: .string(clientID)) }
            if secretFromInput { oauth.set("clientSecret", to: .string(Terminal.standardInput())) }
            if let authorizeURL { oauth.set("authorizeUrl", to: .string(authorizeURL)) }
            if let tokenURL { oauth.set("tokenUrl", to: .string(tokenURL)) }
            for (name, value) in [
                ("revocationUrl", revokeURL), ("deviceUrl", deviceURL), ("userinfoUrl", userinfoURL), ("issuer", issuer),
            ] {
                if let value { oauth.set(name, to: .string(value)) }
            }
            if isPublicClient { oauth.set("isPublic", to: .bool(true)) }
            if !scope.isEmpty { oauth.set("scopes", to: .array(scope.flatMap { $0.split(separator: " ") }.map { .string(String($0)) })) }
            if !oauth.isEmpty { body.set("oauth", to: .object(oauth)) }
            return body
        }

        static func endpoint(_ server: String?, _ security: String?, option: String) throws -> JSONValue? {
            guard server != nil || security != nil else { return nil }
            var endpoint = JSONObject()
            if let server {
                var host = server
                if let colon = server.lastIndex(of: ":"), !server.hasSuffix("]"),
                    server.filter({ $0 == ":" }).count == 1 || server.hasPrefix("[")
                {
                    guard let port = Int64(server[server.index(after: colon)...]) else {
                        throw CommandFailure(.badInput, "\(option) takes HOST[:PORT]; “\(server)” has no number after the colon.")
                    }
                    endpoint.set("port", to: .int(port))
                    host = String(server[..<colon])
                }
                if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
                endpoint.set("host", to: .string(host))
            }
            if let security { endpoint.set("security", to: .string(security)) }
            return .object(endpoint)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the providers.")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await CommandSession.run(options) { session in
                let providers = try await CommandAnswers.list("providers", from: session.api, "/api/v1/providers")
                if options.json { return Terminal.print(json: .array(providers.map { .object($0) })) }
                if providers.isEmpty {
                    return Terminal.print("No providers yet. Add one: postroom provider add NAME --imap HOST --smtp HOST")
                }
                Terminal.table(["ID", "NAME", "IMAP", "SMTP", "LOGIN", "AUTH", "ACCOUNTS", "DOMAINS"], providers.map(ProviderCommand.row))
            }
        }
    }

    static func row(_ provider: JSONObject) -> [String] {
        func server(_ name: String) -> String {
            guard let server = provider[name]?.object else { return "" }
            return "\(server.text("host")):\(server.text("port")) \(server.text("security"))"
        }
        let domains = (provider["domains"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
        return [
            provider.text("id"), provider.text("name"), server("imap"), server("smtp"), provider.text("loginFormat"),
            provider.text("authentication"), provider.text("accountCount"), domains,
        ]
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "add", abstract: "Adds a provider that serves everybody.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "How the provider is called.") var name: String
        @OptionGroup var settings: Settings
        @Option(help: "A domain that belongs to it; may be given several times.") var domain: [String] = []

        func run() async throws {
            var body = try settings.body()
            body.set("name", to: .string(name))
            body.set("domains", to: .array(domain.map { .string($0) }))
            let request = JSONValue.object(body)
            try await CommandSession.run(options) { session in
                let provider = try await session.api.send("POST", "/api/v1/providers", request)
                options.json ? Terminal.print(json: provider) : Terminal.print("Added provider \(name).")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows a provider.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "Its name or id.") var name: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                let provider = try await CommandAnswers.provider(name, session.api)
                if options.json { return Terminal.print(json: .object(provider)) }
                let titles = ["id", "name", "imap", "smtp", "login format", "authentication", "accounts", "domains"]
                for (title, value) in zip(titles, ProviderCommand.row(provider)) {
                    Terminal.print(title + String(repeating: " ", count: 16 - title.count) + value)
                }
            }
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "edit", abstract: "Changes what is given; the rest stays.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "Its name or id.") var name: String
        @Option(help: "A new name.") var rename: String?
        @OptionGroup var settings: Settings

        func run() async throws {
            var body = try settings.body()
            if let rename { body.set("name", to: .string(rename)) }
            let request = JSONValue.object(body)
            try await CommandSession.run(options) { session in
                let provider = try await CommandAnswers.provider(name, session.api)
                let answer = try await session.api.send("PATCH", "/api/v1/providers/\(provider.text("id"))", request)
                options.json ? Terminal.print(json: answer) : Terminal.print("Changed provider \(name).")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "remove", abstract: "Removes a provider that no account uses.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "Its name or id.") var name: String

        func run() async throws {
            try await CommandSession.run(options) { session in
                let provider = try await CommandAnswers.provider(name, session.api)
                try await session.api.send("DELETE", "/api/v1/providers/\(provider.text("id"))")
                options.json
                    ? Terminal.print(json: .object(JSONObject([("removed", .string(name))]))) : Terminal.print("Removed provider \(name).")
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Prints all providers and domains as JSON, without secrets.")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await CommandSession.run(options) { session in
                let kept = ["name", "imap", "smtp", "loginFormat", "authentication", "oauth", "pinnedCertificate", "domains"]
                let providers = try await CommandAnswers.list("providers", from: session.api, "/api/v1/providers").map { provider in
                    JSONValue.object(
                        JSONObject(provider.entries.filter { kept.contains($0.key) && !$0.value.isNull }.map { ($0.key, $0.value) }))
                }
                Terminal.print(json: .object(JSONObject([("providers", .array(providers))])))
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "import", abstract: "Adds the providers of a file that `export` made.")
        @OptionGroup var options: GlobalOptions
        @Argument(help: "The file, or - for standard input.") var file: String

        func run() async throws {
            let data = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
            guard let data else { throw CommandFailure(.badInput, "The file \(file) can't be read.") }
            guard let value = try? JSONParser.parse(Array(data)), let providers = value.object?["providers"]?.array else {
                throw CommandFailure(.badInput, "\(file) is no export of providers: it must be JSON with a list “providers”.")
            }
            try await CommandSession.run(options) { session in
                let known = Set(try await CommandAnswers.list("providers", from: session.api, "/api/v1/providers").map { $0.text("name") })
                var added = 0
                for provider in providers.compactMap(\.object) where !known.contains(provider.text("name")) {
                    try await session.api.send("POST", "/api/v1/providers", .object(provider))
                    added += 1
                }
                options.json
                    ? Terminal.print(json: .object(JSONObject([("added", .int(Int64(added)))])))
                    : Terminal.print("Added \(added) of \(providers.count) providers; the others were there already.")
            }
        }
    }
}
