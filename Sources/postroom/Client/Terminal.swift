import Foundation
import PostroomCore
import PostroomJMAP

/// What commands show: plain tables for people, JSON for programs, a progress line where the output is a terminal.
enum Terminal {
    /// The language of the shell.
    static let language: Language = {
        let environment = ProcessInfo.processInfo.environment
        let locale = environment["LC_ALL"] ?? environment["LC_MESSAGES"] ?? environment["LANG"] ?? ""
        return Language(preferences: locale)
    }()

    static let isInteractive = isatty(2) == 1

    static func print(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    static func print(json value: JSONValue) {
        var writer = JSONWriter()
        writer.value(value)
        FileHandle.standardOutput.write(Data(writer.bytes + [0x0A]))
    }

    static func note(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }

    /// Rewrites one line of a terminal; says nothing elsewhere.
    static func progress(_ text: String) {
        guard isInteractive else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    /// The same with a bar and, once there is a pace, the time that is left.
    static func progress(_ name: String, _ done: Int, of total: Int, secondsLeft: Int?) {
        let left = secondsLeft.map { seconds in
            let minutes = (seconds + 59) / 60
            return language == .russian
                ? (seconds < 60 ? ", ещё \(seconds) с" : ", ещё \(minutes) мин")
                : (seconds < 60 ? ", \(seconds) s left" : ", \(minutes) min left")
        }
        progress("\(name) \(bar(done, of: total))\(left ?? "")")
    }

    static func endProgress() {
        guard isInteractive else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }

    static func bar(_ done: Int, of total: Int, width: Int = 30) -> String {
        guard total > 0 else { return "" }
        let filled = min(width, done * width / total)
        return "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled) + "] \(done)/\(total)"
    }

    /// Columns as wide as they need to be; the last one is cut at the terminal's edge.
    static func table(_ header: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else { return }
        var widths = header.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() where column < widths.count { widths[column] = max(widths[column], cell.count) }
        }
        for row in [header] + rows {
            let line = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
            }
            print(line.joined(separator: "  "))
        }
    }

    /// All of standard input, the final line end taken off.
    static func standardInput() -> String {
        var text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
        if text.hasSuffix("\r\n") { text.removeLast(1) } else if text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    static func password(fromInput: Bool) throws -> String {
        if fromInput {
            let password = standardInput()
            guard !password.isEmpty else { throw CommandFailure(.badInput, "Standard input was empty: a password was expected there.") }
            return password
        }
        guard isatty(0) == 1 else {
            throw CommandFailure(.usage, "A password is needed: pass --password-stdin and give it on standard input.")
        }
        guard let typed = getpass(language == .russian ? "Пароль: " : "Password: "), typed.pointee != 0 else {
            throw CommandFailure(.badInput, "No password was typed.")
        }
        return String(cString: typed)
    }
}
