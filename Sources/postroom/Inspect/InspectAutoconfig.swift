import ArgumentParser
import Foundation
import PostroomCore
import PostroomJMAP

/// `postroom inspect autoconfig [--json] FILE...`
struct InspectAutoconfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "autoconfig", abstract: "Shows the servers in Mozilla clientConfig files.",
        discussion: "With --json it prints one object a line for each file, placeholders as they stand in it.")

    @Flag(help: "One JSON object a line.")
    var json = false

    @Argument(help: "clientConfig files; - is standard input.")
    var files: [String]

    func run() async throws {
        var failed: [String] = []
        for file in files {
            guard let bytes = Self.read(file) else {
                failed.append("\(file): it can't be read")
                continue
            }
            do {
                let config = try ClientConfig(bytes)
                if json { Terminal.print(json: Self.json(config, file: file)) } else { Self.show(config, file: file) }
            } catch {
                failed.append("\(file): \(Self.reason(error))")
            }
        }
        guard failed.isEmpty else { throw CommandFailure(.badInput, failed.joined(separator: "\n")) }
    }

    private static func read(_ file: String) -> [UInt8]? {
        if file == "-" { return [UInt8](FileHandle.standardInput.readDataToEndOfFile()) }
        return FileManager.default.contents(atPath: file).map { [UInt8]($0) }
    }

    static func reason(_ failure: ClientConfig.Failure) -> String {
        switch failure {
        case .xml(.tooLarge): "it is larger or deeper than such a file may be"
        case .xml(.documentType): "it declares a document type with entities, which is refused"
        case .xml(.encoding(let name)): "its encoding \(name) is not taken"
        case .xml(.malformed): "it is no well-formed XML"
        case .notThisDocument(let root): "it is no clientConfig with an emailProvider, but <\(root)>"
        }
    }

    private static func json(_ config: ClientConfig, file: String) -> JSONValue {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        func server(_ server: ClientConfig.Server) -> JSONValue {
            .object(
                JSONObject([
                    ("type", text(server.type)), ("hostname", .string(server.hostname)),
                    ("port", server.port.map { .int(Int64($0)) } ?? .null), ("socketType", .string(server.socketType)),
                    ("username", text(server.username)), ("authentication", .array(server.authentication.map { .string($0) })),
                ]))
        }
        var object = JSONObject([
            ("file", .string((file as NSString).lastPathComponent)), ("id", text(config.id)),
            ("domains", .array(config.domains.map { .string($0) })), ("displayName", text(config.displayName)),
            ("displayShortName", text(config.displayShortName)), ("incoming", .array(config.incoming.map(server))),
            ("outgoing", .array(config.outgoing.map(server))),
        ])
        if let oauth = config.oAuth2 {
            object.set(
                "oAuth2",
                to: .object(
                    JSONObject([
                        ("issuer", text(oauth.issuer)), ("scope", text(oauth.scope)), ("authURL", text(oauth.authURL)),
                        ("tokenURL", text(oauth.tokenURL)),
                    ])))
        }
        return .object(object)
    }

    private static func show(_ config: ClientConfig, file: String) {
        Terminal.print("\(file): \(config.displayName ?? "") (\(config.id ?? ""))")
        Terminal.print("  domains: \(config.domains.joined(separator: ", "))")
        for server in config.incoming + config.outgoing {
            let port = server.port.map { ":\($0)" } ?? ""
            Terminal.print(
                "  \(server.type ?? "?"): \(server.hostname)\(port) \(server.socketType), login \(server.username ?? "none"), "
                    + server.authentication.joined(separator: ", "))
        }
        if let oauth = config.oAuth2 { Terminal.print("  OAuth 2.0: \(oauth.issuer ?? ""), \(oauth.scope ?? "")") }
    }
}
