import ArgumentParser
import Dispatch
import MailTransport

/// Connects any IMAP/SMTP mailbox to a team.
@main
struct Postroom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postroom", abstract: "Connects any IMAP/SMTP mailbox to a team.",
        discussion: """
            Start with `postroom serve` and open the link it prints, or `postroom demo` to look around without a mailbox.
            Commands work on the data folder, or through the server that is running on it.
            Exit codes: 0 done, 1 failed, 64 wrong usage, 65 bad input, 69 server unavailable, 75 try again later, 77 refused.
            """,
        version: Version.text,
        subcommands: [
            ServeCommand.self, DemoCommand.self, ProviderCommand.self, DomainCommand.self, DiscoverCommand.self, AccountCommand.self,
            SyncCommand.self, MailCommand.self, UserCommand.self, TokenCommand.self, SettingsCommand.self, BackupCommand.self,
            RestoreCommand.self, CheckCommand.self,
            VacuumCommand.self, MigrateCommand.self, KeyCommand.self, InspectCommand.self,
        ])

    static func main() async {
        do {
            let arguments = LeadingOptions.moved(Array(CommandLine.arguments.dropFirst()))
            if arguments.first == SyncCommand.configuration.commandName {
                // Where nothing has changed, the start is a good part of the whole: beside the words of the command line, it is shorter.
                DispatchQueue.global().async { MailConnection.prepare() }
            }
            var command = try parseAsRoot(arguments)
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
        } catch {
            CommandFailure.exit(for: error)
        }
    }
}

enum Version {
    static let text = "0.1.0"
}
