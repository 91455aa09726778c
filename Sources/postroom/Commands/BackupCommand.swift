import ArgumentParser
import Foundation
import PostroomCore
import PostroomJMAP
import PostroomStore

/// `postroom backup`
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies everything into one file, while the server works.",
        discussion: """
            The copy is one moment of the whole store, checked before it gets its name. An existing folder, or a name that ends \
            in a slash, takes the files as they are. The master key is not in it unless you ask: who has both can read every password.
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The file or folder to make.", valueName: "file|folder/")) var target: String
    @Flag(help: "Put the master key into the backup too.") var includeKey = false

    func run() async throws {
        let place = try options.place()
        let began = ContinuousClock.now
        let manifest = try MaintenanceFailure.translated {
            let vault = try options.vault(of: place)
            if includeKey, !FileManager.default.fileExists(atPath: options.dataFolder + "/" + MasterKeyFile.fileName) {
                throw CommandFailure(
                    .badInput, "There is no key file in \(options.dataFolder) to include: the key comes from the environment.")
            }
            return try Backup(place, folder: options.dataFolder, target: target, includesKey: includeKey, vault: vault).run(
                now: SystemClock().now()
            ) { step, done, total in
                let word =
                    switch step {
                    case .copying: "copying";
                    case .checking: "checking";
                    case .packing: "packing"
                    }
                Terminal.progress("\(word) \(Terminal.bar(done, of: total))")
            }
        }
        Terminal.endProgress()
        let bytes = manifest.files.values.reduce(0) { $0 + $1.bytes }
        if options.json {
            return Terminal.print(
                json: [
                    "target": .string(target), "bytes": .int(Int64(bytes)), "accounts": .int(Int64(manifest.accounts)),
                    "emails": .int(Int64(manifest.emails)), "includesKey": .bool(manifest.includesKey),
                    "createdAt": .string(manifest.createdAt), "tables": manifest.tables.json, "milliseconds": .int(began.milliseconds),
                ])
        }
        Terminal.print(
            "\(target): \(manifest.accounts) accounts, \(manifest.emails) emails, \(bytes / 1_048_576) MB, checked (\(began.milliseconds) ms)."
        )
        Terminal.print(
            manifest.includesKey
                ? "The master key is in it: whoever has this backup can read every password. Keep it locked away."
                : "The master key is not in it: keep a copy of \(MasterKeyFile.fileName) in another place, or the passwords in it are lost."
        )
    }
}

/// `postroom restore`
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup back into an empty data folder, or an empty PostgreSQL database.")
    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The backup.", valueName: "file|folder")) var source: String
    @Option(help: ArgumentHelp("The master key, where the backup does not include it.", valueName: "file")) var keyFile: String?

    func run() async throws {
        let began = ContinuousClock.now
        let manifest = try MaintenanceFailure.translated {
            var key: (bytes: [UInt8], isKept: Bool)?
            if let keyFile {
                guard let bytes = try MasterKeyFile.read(keyFile) else {
                    throw CommandFailure(.badInput, "The file \(keyFile) can't be read.")
                }
                key = (bytes, true)
            } else if MasterKeyFile(folder: options.dataFolder).isOutside {
                key = (try MasterKeyFile(folder: options.dataFolder).current(), false)
            }
            return try Restore(source, folder: options.dataFolder, database: options.databaseURL, masterKey: key).run(
                now: SystemClock().now()
            ) { step, done, total in
                let word =
                    switch step {
                    case .unpacking: "unpacking";
                    case .checking: "checking";
                    case .copying: "copying";
                    case .indexing: "indexing"
                    }
                Terminal.progress("\(word) \(Terminal.bar(done, of: total))")
            }
        }
        Terminal.endProgress()
        if options.json {
            return Terminal.print(
                json: [
                    "accounts": .int(Int64(manifest.accounts)), "emails": .int(Int64(manifest.emails)),
                    "createdAt": .string(manifest.createdAt), "milliseconds": .int(began.milliseconds),
                ])
        }
        Terminal.print(
            "\(manifest.accounts) accounts and \(manifest.emails) emails as of \(manifest.createdAt) are in \(options.databaseURL == nil ? options.dataFolder : "the database")."
        )
        Terminal.print("Everybody signs in again; messages that waited to be sent then are looked for in Sent before anything leaves.")
    }
}

extension [String: Int] {
    var json: JSONValue {
        .object(JSONObject(sorted { $0.key < $1.key }.map { ($0.key, .int(Int64($0.value))) }))
    }
}

extension ContinuousClock.Instant {
    /// Since then.
    var milliseconds: Int64 {
        let elapsed = ContinuousClock.now - self
        return elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000
    }
}
