import ArgumentParser
import Foundation
import Logging
import PostroomCore
import PostroomJMAP

/// `postroom sync ADDRESS`
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Mirrors a mailbox until nothing is missing, then exits.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var named: AccountCommand.Named
    @Flag(help: "Compare every message, not only what changed.") var full = false
    @Flag(help: "End once the newest messages of the inbox are here; only where no server runs on the data folder.")
    var firstScreen = false

    func run() async throws {
        // Looking at a mailbox where nothing has changed takes less than to serve an API for it.
        guard ServerRecord.read(folder: options.dataFolder) != nil else { return try await mirror() }
        try await CommandSession.run(options) { session in
            let found = try await session.account(named.address, user: named.user)
            let began = ContinuousClock.now
            tell(try await follow(found.id, session.api), since: began)
        }
    }

    private func tell(_ counts: JSONObject, since began: ContinuousClock.Instant) {
        Terminal.endProgress()
        let elapsed = ContinuousClock.now - began
        let milliseconds = elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000
        if options.json {
            var answer = JSONObject([("address", .string(named.address))])
            for entry in counts.entries { answer.set(entry.key, to: entry.value) }
            answer.set("milliseconds", to: .int(milliseconds))
            Terminal.print(json: .object(answer))
        } else {
            let parts = counts.entries.map { "\($0.key) \(counts.text($0.key))" }.joined(separator: ", ")
            Terminal.print("\(named.address) is up to date (\(parts); \(milliseconds) ms).")
        }
    }

    /// Nobody serves the data folder: this process does the work.
    private func mirror() async throws {
        var logger = Logger(label: "postroom")
        logger.logLevel = .error
        let app = try await PostroomApp.build(options, operatorToken: "", logger: logger)
        do {
            let account = try await account(in: app.store)
            let began = ContinuousClock.now
            let report = try await app.supervisor.runUntilCaughtUp(account, isThorough: full, firstScreenOnly: firstScreen) { progress in
                Terminal.progress(named.address, progress.done, of: progress.total, secondsLeft: progress.secondsLeft)
            }
            tell(report.counts, since: began)
        } catch {
            try? app.store.close()
            throw error
        }
        // What is still open ends with the process, which is sooner than to take it down piece by piece.
        try? app.store.settle()
        Foundation.exit(0)
    }

    private func account(in store: any DirectoryStore) async throws -> Account {
        var matching = try await store.accounts(addressed: named.address)
        if let name = named.user {
            let owner = try await store.user(named: name)
            matching.removeAll { $0.userID != owner?.id }
        }
        guard let account = matching.first else { throw CommandSession.noAccount(named.address) }
        guard matching.count == 1 else { throw CommandSession.severalAccounts(named.address) }
        return account
    }

    /// The running server does it: ask for it and watch the account's status until it is later than the request.
    private func follow(_ id: String, _ api: APIClient) async throws -> JSONObject {
        let asked = SystemClock().now()
        try await api.send("POST", "/api/v1/accounts/\(id)/sync")
        while true {
            let status = try await api.send("GET", "/api/v1/accounts/\(id)").object?["status"]?.object ?? JSONObject()
            let total = status["total"]?.integer ?? 0
            Terminal.progress(named.address, status["done"]?.integer ?? 0, of: total, secondsLeft: status["secondsLeft"]?.integer)
            switch status.text("phase") {
            case "upToDate":
                if let at = Timestamp(rfc3339: status.text("lastSyncedAt")), at.seconds >= asked.seconds {
                    return JSONObject([("messages", .int(Int64(total)))])
                }
            case "needsAttention", "waiting":
                let diagnosis = status["diagnosis"]?.object ?? JSONObject()
                let text = [diagnosis.text("title"), diagnosis.text("detail"), diagnosis.text("fix")].filter { !$0.isEmpty }
                    .joined(separator: ". ")
                throw CommandFailure(status.text("phase") == "waiting" ? .tryLater : .refused, text)
            default: break
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

extension SyncReport {
    /// Counts for programs, without those that there are not.
    fileprivate var counts: JSONObject {
        let counts: [(String, Int?)] = [
            ("mailboxes", mailboxes), ("added", added), ("sources", sources), ("bytes", bytes), ("flagsChanged", flagsChanged),
            ("removed", removed), ("quarantined", quarantined), ("operations", operations), ("indexed", indexed),
            ("firstScreen", firstScreen), ("firstTexts", firstTexts), ("listed", listed), ("milliseconds", milliseconds),
        ]
        return JSONObject(counts.compactMap { name, count in count.map { (name, .int(Int64($0))) } })
    }
}
