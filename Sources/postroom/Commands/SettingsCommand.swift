import ArgumentParser
import Foundation
import PostroomJMAP

/// `postroom settings show|set`: what holds for everybody, without a restart.
struct SettingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Settings of the whole server; they hold at once.", subcommands: [Show.self, Change.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows the settings.")
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await CommandSession.run(options) { session in
                let settings = try await session.api.send("GET", "/api/v1/settings")
                if options.json { return Terminal.print(json: settings) }
                let object = settings.object ?? JSONObject()
                Terminal.print("providers by administrators only  \(object.flag("providersByAdministrators") ? "yes" : "no")")
                Terminal.print(
                    "allowed private networks          \((object["allowNetworks"]?.array ?? []).compactMap(\.string).joined(separator: ", "))"
                )
                let quota = object["accountQuota"]?.object ?? JSONObject()
                Terminal.print("room of an account                \(StorageText.bounds(quota))")
                Terminal.print("steps of a change log that stay   \(object.text("changeLogSteps"))")
                Terminal.print("address from outside              \(object.text("publicUrl"))")
                Terminal.print("further trusted authorities       \(object.text("trustedCertificates").isEmpty ? "none" : "set")")
            }
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "set", abstract: "Changes what is given.")
        @OptionGroup var options: GlobalOptions
        @Option(help: "yes or no: only administrators add providers.") var providersByAdministrators: String?
        @Option(help: ArgumentHelp("Private networks that mail servers may live in; empty for none.", valueName: "cidr,…"))
        var networks: String?
        @Option(help: ArgumentHelp("Megabytes that an account may store; “none” for no bound.", valueName: "mb|none"))
        var accountMaxMb: String?
        @Option(help: ArgumentHelp("Emails that an account may store; “none” for no bound.", valueName: "n|none"))
        var accountMaxEmails: String?
        @Option(help: "Steps of an account's change log that are kept; clients that were away for longer read everything anew.")
        var changeLogSteps: Int?
        @Option(help: ArgumentHelp("PEM file of further certificate authorities; empty for none.", valueName: "file"))
        var authorities: String?
        @Option(
            name: .customLong("public-url"),
            help: ArgumentHelp("How this server is reached from outside; providers' sign-in pages come back there.", valueName: "url"))
        var publicURL: String?

        func run() async throws {
            var body = JSONObject()
            if let publicURL { body.set("publicUrl", to: .string(publicURL)) }
            if let providersByAdministrators { body.set("providersByAdministrators", to: .bool(providersByAdministrators == "yes")) }
            if let networks {
                body.set(
                    "allowNetworks", to: .array(networks.split(separator: ",").map { .string($0.trimmingCharacters(in: .whitespaces)) }))
            }
            if let authorities {
                var text = ""
                if !authorities.isEmpty {
                    guard let data = FileManager.default.contents(atPath: authorities) else {
                        throw CommandFailure(.badInput, "The file \(authorities) can't be read.")
                    }
                    text = String(decoding: data, as: UTF8.self)
                }
                body.set("trustedCertificates", to: .string(text))
            }
            let quota = try StorageText.quota(maxMb: accountMaxMb, maxEmails: accountMaxEmails)
            if !quota.entries.isEmpty { body.set("accountQuota", to: .object(quota)) }
            if let changeLogSteps { body.set("changeLogSteps", to: .int(Int64(changeLogSteps))) }
            let request = JSONValue.object(body)
            try await CommandSession.run(options) { session in
                let settings = try await session.api.send("PATCH", "/api/v1/settings", request)
                options.json ? Terminal.print(json: settings) : Terminal.print("Done; it holds for the next connection.")
            }
        }
    }
}
