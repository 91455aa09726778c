import ArgumentParser
import Foundation
import MailProtocol

/// `postroom inspect imap [--json] FILE...`
struct InspectIMAP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imap", abstract: "Shows what we make of an IMAP server's responses.",
        discussion: """
            The files hold what a server sent, byte for byte. With --json it prints one object a response, with an "error" where the \
            response is malformed; what follows it is read on.
            """)

    @Flag(help: "One JSON object a line.")
    var json = false

    @Flag(help: "Mailbox names are UTF-8, as after ENABLE UTF8=ACCEPT.")
    var utf8 = false

    @Argument(help: "Transcripts of a server's side; - is standard input.")
    var files: [String]

    func run() async throws {
        var failed: [String] = []
        for file in files {
            guard let bytes = Self.read(file) else {
                failed.append(file)
                continue
            }
            for report in Self.reports(bytes, utf8: utf8) {
                let line = json ? report.json(file: files.count > 1 ? file : nil) : report.text
                FileHandle.standardOutput.write(Data((line + "\n").utf8))
            }
        }
        guard failed.isEmpty else {
            FileHandle.standardError.write(Data("cannot read: \(failed.joined(separator: ", "))\n".utf8))
            throw ExitCode(65)
        }
    }

    private static func read(_ file: String) -> [UInt8]? {
        if file == "-" { return [UInt8](FileHandle.standardInput.readDataToEndOfFile()) }
        return FileManager.default.contents(atPath: file).map { [UInt8]($0) }
    }

    /// Every response of the bytes, in order; the last one may be unfinished.
    static func reports(_ bytes: [UInt8], utf8: Bool) -> [InspectIMAPReport] {
        var limits = IMAP.Limits.standard
        // The file is in memory already.
        limits.inlineLiteral = max(limits.inlineLiteral, bytes.count)
        limits.inlineLiterals = max(limits.inlineLiterals, bytes.count)
        var framer = IMAP.Framer(limits: limits)
        var reports: [InspectIMAPReport] = []
        var offset = 0
        do {
            try framer.feed(bytes) { event in
                guard case .response(let frame) = event else { return }
                // Empty lines between responses belong to none.
                while offset < bytes.count, bytes[offset] == 0x0D || bytes[offset] == 0x0A { offset += 1 }
                reports.append(InspectIMAPReport(frame, at: offset, limits: limits, utf8: utf8))
                offset += frame.bytes.count
            }
            if framer.isInsideResponse {
                reports.append(InspectIMAPReport(at: offset, unfinished: bytes.count - offset))
            }
        } catch {
            reports.append(InspectIMAPReport(at: offset, error: error))
        }
        return reports
    }
}
