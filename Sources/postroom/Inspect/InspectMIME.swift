import ArgumentParser
import Crypto
import Foundation
import MailMIME

/// `postroom inspect mime [--json] FILE...`
struct InspectMIME: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mime", abstract: "Shows the structure of messages and what is wrong with them.",
        discussion: "With --json it prints one object a line for each file, with hashes of what the parts contain.")

    @Flag(help: "One JSON object a line.")
    var json = false

    @Flag(help: "Look into winmail.dat and uuencoded files too.")
    var unpack = false

    @Argument(help: "Message files; - is standard input.")
    var files: [String]

    func run() async throws {
        var failed: [String] = []
        for file in files {
            guard let source = Self.read(file) else {
                failed.append(file)
                continue
            }
            let message = MIMEMessage.parse(source, options: ParseOptions(unpacksAttachments: unpack))
            let text: String
            if json {
                text = InspectMIMEReport(message: message, sha256: Self.sha256).json(file: file)
            } else {
                text = InspectMIMEView(message: message).text(file: file)
            }
            FileHandle.standardOutput.write(Data((text + "\n").utf8))
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

    private static func sha256(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
