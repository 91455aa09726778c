import ArgumentParser
import PostroomJMAP

/// `postroom account quota ADDRESS`
struct AccountQuotaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota", abstract: "Shows how much an account stores, and sets how much it may.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var named: AccountCommand.Named
    @Option(help: ArgumentHelp("Megabytes; “none” for no bound.", valueName: "mb|none")) var maxMb: String?
    @Option(help: ArgumentHelp("Emails; “none” for no bound.", valueName: "n|none")) var maxEmails: String?
    @Flag(help: "Back to what holds for all accounts (`postroom settings`).") var common = false

    func run() async throws {
        var body = try StorageText.quota(maxMb: maxMb, maxEmails: maxEmails)
        if common { body.set("common", to: true) }
        let change = JSONValue.object(body)
        let isChange = !body.entries.isEmpty
        try await CommandSession.run(options) { session in
            let account = try await session.account(named.address, user: named.user)
            let path = "/api/v1/accounts/\(account.id)/quota"
            let usage = isChange ? try await session.api.send("PATCH", path, change) : try await session.api.send("GET", path)
            if options.json { return Terminal.print(json: usage) }
            let object = usage.object ?? JSONObject()
            Terminal.print("stored  \((object["bytes"]?.integer ?? 0) / 1_048_576) MB, \(object.text("emails")) emails")
            Terminal.print("allowed \(StorageText.bounds(object))\(object.flag("isOwn") ? "" : " (as for all accounts)")")
        }
    }
}

/// Sizes in words.
enum StorageText {
    static func bounds(_ quota: JSONObject) -> String {
        let bytes = quota["maxBytes"]?.integer.map { "\($0 / 1_048_576) MB" }
        let emails = quota["maxEmails"]?.integer.map { "\($0) emails" }
        let bounds = [bytes, emails].compactMap { $0 }
        return bounds.isEmpty ? "without bound" : bounds.joined(separator: ", ")
    }

    static func quota(maxMb: String?, maxEmails: String?) throws -> JSONObject {
        var body = JSONObject()
        if let maxMb { body.set("maxBytes", to: try bound(maxMb, "--max-mb", 1_048_576)) }
        if let maxEmails { body.set("maxEmails", to: try bound(maxEmails, "--max-emails", 1)) }
        return body
    }

    private static func bound(_ text: String, _ option: String, _ unit: Int64) throws -> JSONValue {
        if text == "none" { return .null }
        guard let number = Int64(text), (0...(1 << 40)).contains(number) else {
            throw CommandFailure(.usage, "\(option) takes a number or “none”; “\(text)” is neither.")
        }
        return .int(number * unit)
    }
}
