import ArgumentParser
import Foundation
import PostroomJMAP

/// `postroom discover ADDRESS`
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover", abstract: "Finds out who serves an address, and tells what every source said.")
    @OptionGroup var options: GlobalOptions
    @Option(help: "For which user: private providers count then.") var user: String?
    @Argument(help: "A mail address.") var address: String

    func run() async throws {
        try await CommandSession.run(options) { session in
            let path = address.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? address
            let answer = try await session.api.send("GET", "/api/v1/discovery?address=\(path)", as: user)
            if options.json { return Terminal.print(json: answer) }
            Self.show(answer.object ?? JSONObject(), address: address)
        }
    }

    private static func show(_ found: JSONObject, address: String) {
        let candidates = (found["candidates"]?.array ?? []).compactMap(\.object)
        if let provider = found["provider"]?.object {
            Terminal.table(["FOUND BY", "PROVIDER", "IMAP", "SMTP"], [[found.text("match")] + ProviderCommand.row(provider)[1...3]])
        } else if candidates.isEmpty {
            Terminal.print("Nothing is known about \(address). Add a provider: postroom provider add NAME --imap HOST --smtp HOST")
        } else {
            Terminal.table(
                ["FOUND BY", "VERDICT", "PROVIDER", "IMAP", "SMTP"],
                candidates.map { [$0.text("source"), $0.text("verdict"), $0.text("name"), server($0["imap"]), server($0["smtp"])] })
            for text in candidates.first?["cautions"]?.array ?? [] { Terminal.print("! " + (text.object?.text("text") ?? "")) }
            if let hint = candidates.first?.text("hint"), !hint.isEmpty { Terminal.print("  " + hint) }
        }
        Terminal.print("")
        Terminal.table(
            ["SOURCE", "VERDICT", "MS", "WHY"],
            (found["sources"]?.array ?? []).compactMap(\.object).map {
                [$0.text("name"), $0.text("verdict"), $0.text("milliseconds"), $0.text("detail")]
            })
    }

    static func server(_ value: JSONValue?) -> String {
        guard let server = value?.object else { return "" }
        return "\(server.text("host")):\(server.text("port")) \(server.text("security"))"
    }

    /// The settings that an account can be connected with, as `POST /accounts` takes them; fails with what to do where a person must decide.
    static func usable(_ found: JSONValue, address: String, isConfirmed: Bool) throws -> JSONObject {
        let best = (found.object?["candidates"]?.array ?? []).compactMap(\.object).first { $0.text("verdict") != "failed" }
        guard let best else {
            throw CommandFailure(
                .badInput, "No provider is known for \(address): name one with --provider, or add it with postroom provider add.")
        }
        if best.text("authentication") == "oauth2" {
            throw CommandFailure(
                .badInput, "\(best.text("name")) wants OAuth 2.0: an administrator adds it with a client ID first. \(best.text("hint"))")
        }
        if best.flag("needsConfirmation"), !isConfirmed {
            let why = (best["cautions"]?.array ?? []).compactMap { $0.object?.text("text") }.joined(separator: " ")
            throw CommandFailure(
                .badInput,
                "Found \(server(best["imap"])) and \(server(best["smtp"])). \(why) To give them the password, add --accept-discovered.")
        }
        let kept = ["name", "imap", "smtp", "loginFormat", "authentication", "domains"]
        return JSONObject(best.entries.filter { kept.contains($0.key) }.map { ($0.key, $0.value) })
    }
}
