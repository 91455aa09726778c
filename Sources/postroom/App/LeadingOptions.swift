/// The documented form is `postroom --data DIR serve`, while the parser takes options only behind the command that declares them.
enum LeadingOptions {
    /// The arguments with the options that stand before the command moved behind everything else, before a `--` if there is one.
    /// `--help` and `--version` stay, because in front they are about the program and not about a command.
    static func moved(_ arguments: [String]) -> [String] {
        var leading: [String] = []
        var rest = arguments[...]
        while let option = rest.first, option.hasPrefix("--"), option != "--", !["--help", "--version"].contains(option) {
            let takesNext = option != "--json" && !option.contains("=")
            leading += rest.prefix(takesNext ? 2 : 1)
            rest = rest.dropFirst(takesNext ? 2 : 1)
        }
        // Without a command there is nothing to move behind: the parser then says what is wrong.
        guard !leading.isEmpty, !rest.isEmpty else { return arguments }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end]) + leading + Array(rest[end...])
    }
}
