import ArgumentParser
import Foundation
import PostroomCore
import PostroomJMAP
import PostroomStore

/// `postroom check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Looks for damage in the store; exit code 1 with a list where there is any.")
    @OptionGroup var options: GlobalOptions
    @Flag(help: "Leave stored messages unread: finds less, takes seconds.") var quick = false

    func run() async throws {
        let place = try options.place()
        let began = ContinuousClock.now
        let report = try MaintenanceFailure.translated {
            try StoreCheck(place, vault: try options.vault(of: place), readsBlobs: !quick).run {
                Terminal.progress("reading \(Terminal.bar($0, of: $1))")
            }
        }
        Terminal.endProgress()
        if options.json {
            Terminal.print(
                json: [
                    "accounts": .int(Int64(report.accounts)), "emails": .int(Int64(report.emails)), "blobs": .int(Int64(report.blobs)),
                    "secrets": .int(Int64(report.secrets)), "problems": .array(report.problems.map { .string($0) }),
                    "milliseconds": .int(began.milliseconds),
                ])
        } else {
            for problem in report.problems { Terminal.print(problem) }
            let contents =
                "\(report.accounts) accounts, \(report.emails) emails, \(report.blobs) stored messages, \(report.secrets) secrets"
            if report.problems.isEmpty { Terminal.print("Nothing found: \(contents) (\(began.milliseconds) ms).") }
        }
        guard report.problems.isEmpty else {
            throw CommandFailure(
                .failed,
                "\(report.problems.count) problems found in \(place.name). Keep a copy of it as it is, then restore the newest sound backup."
            )
        }
    }
}

/// `postroom vacuum`
struct VacuumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum", abstract: "Gives the space of removed mail back to the system; writes wait meanwhile.")
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await CommandSession.run(options) { session in
            let answer = try await session.api.send("POST", "/api/v1/maintenance/vacuum", timeout: 86_400)
            if options.json { return Terminal.print(json: answer) }
            let object = answer.object ?? JSONObject()
            let (before, after) = (object["bytesBefore"]?.integer ?? 0, object["bytesAfter"]?.integer ?? 0)
            Terminal.print("\(before / 1024) KB before, \(after / 1024) KB now.")
        }
    }
}

/// `postroom migrate`
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Moves everything between the embedded database and PostgreSQL; no server may run.",
        discussion: "All of it arrives, or nothing. What is moved from stays as it is.")
    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("An empty PostgreSQL database, or a folder without one.", valueName: "postgres://…|sqlite:folder"))
    var to: String

    func run() async throws {
        let source = try options.place()
        let target: StorePlace
        if to.hasPrefix("postgres://") || to.hasPrefix("postgresql://") {
            target = .postgres(to)
        } else if to.hasPrefix("sqlite:"), to.count > 7 {
            target = .folder(String(to.dropFirst(7)))
        } else {
            throw CommandFailure(.usage, "--to takes postgres://user@host/name or sqlite:FOLDER; “\(to)” is neither.")
        }
        guard source != target else { throw CommandFailure(.usage, "The data is there already.") }
        if case (.postgres, .postgres) = (source, target) {
            throw CommandFailure(.usage, "Between two PostgreSQL servers pg_dump and pg_restore move the data.")
        }
        if let record = ServerRecord.read(folder: options.dataFolder) {
            throw CommandFailure(.failed, "Postroom serves \(options.dataFolder) on \(record.url) (process \(record.pid)): end it first.")
        }
        let began = ContinuousClock.now
        let report = try MaintenanceFailure.translated {
            try Migrate(from: source, folder: options.dataFolder, to: target).run { step, done, total in
                Terminal.progress("\(step == .copying ? "copying" : "indexing") \(Terminal.bar(done, of: total))")
            }
        }
        Terminal.endProgress()
        if options.json { return Terminal.print(json: ["tables": report.tables.json, "milliseconds": .int(began.milliseconds)]) }
        Terminal.print(
            "\(report.tables["accounts"] ?? 0) accounts and \(report.tables["emails"] ?? 0) emails are in \(target.name) now, counted on both sides (\(began.milliseconds) ms)."
        )
        switch target {
        case .postgres: Terminal.print("Serve it with: postroom --data \(options.dataFolder) --database \(target.name) serve")
        case .folder(let path), .file(let path): Terminal.print("Serve it with: postroom --data \(path) serve")
        }
    }
}

/// `postroom key rotate`
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The keys that seal passwords and tokens.", subcommands: [Rotate.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Replaces the master key and the data key while Postroom works, and seals every secret anew.")
        @OptionGroup var options: GlobalOptions
        @Option(help: ArgumentHelp("A key of your own: base64 of 32 bytes (openssl rand -base64 32).", valueName: "file"))
        var newKeyFile: String?

        func run() async throws {
            var body = JSONObject()
            if let newKeyFile {
                guard let key = try MasterKeyFile.read(newKeyFile) else {
                    throw CommandFailure(.badInput, "The file \(newKeyFile) can't be read.")
                }
                body.set("newMasterKey", to: .string(Data(key).base64EncodedString()))
            }
            let request = JSONValue.object(body)
            let isOutside = MasterKeyFile(folder: options.dataFolder).isOutside
            try await CommandSession.run(options) { session in
                let answer = try await session.api.send("POST", "/api/v1/keys/rotate", request)
                if options.json { return Terminal.print(json: answer) }
                Terminal.print(
                    "\(answer.object?.text("secrets") ?? "0") secrets are sealed with the new key; the old one opens nothing any more.")
                Terminal.print(
                    isOutside
                        ? "Set POSTROOM_MASTER_KEY to the new key before the next start."
                        : "Keep a new copy of \(options.dataFolder)/\(MasterKeyFile.fileName) where you keep keys, and one in the data folder of every other node."
                )
            }
        }
    }
}
