import ArgumentParser
import Foundation

/// What every command takes: where the data is and how servers are reached. Each has an environment variable of the same meaning.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The data folder (POSTROOM_DATA).", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("A PostgreSQL database instead of the embedded one (POSTROOM_DATABASE).", valueName: "url"))
    var database: String?

    @Option(
        name: .customLong("tls-ca"), help: ArgumentHelp("One more trusted certificate authority, PEM (POSTROOM_TLS_CA).", valueName: "file")
    )
    var tlsCA: String?

    @Option(
        help: ArgumentHelp("Private networks that mail servers may live in (POSTROOM_ALLOW_NETWORK).", valueName: "cidr,…"))
    var allowNetwork: String?

    @Option(help: ArgumentHelp("The resolver for discovery (POSTROOM_DNS).", valueName: "host:port"))
    var dns: String?

    @Flag(help: "Print JSON for programs.")
    var json = false

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    var dataFolder: String { data ?? Self.environment("POSTROOM_DATA") ?? "data" }
    var databaseURL: String? { database ?? Self.environment("POSTROOM_DATABASE") }
    var authorityFile: String? { tlsCA ?? Self.environment("POSTROOM_TLS_CA") }
    var resolver: String? { dns ?? Self.environment("POSTROOM_DNS") }

    var allowedNetworks: [String] {
        (allowNetwork ?? Self.environment("POSTROOM_ALLOW_NETWORK") ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
    }
}
