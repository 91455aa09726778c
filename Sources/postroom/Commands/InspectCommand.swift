import ArgumentParser

/// `postroom inspect mime|imap|autoconfig FILE…`
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Shows what our parsers make of a file: for support and for tests.",
        subcommands: [InspectMIME.self, InspectIMAP.self, InspectAutoconfig.self])
}
