import ArgumentParser
import Foundation
import PostroomCore
import PostroomJMAP

/// `postroom demo`: local mail servers with mail in them, and Postroom beside them on a free port.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Shows the whole product beside mail servers of its own; everything is gone afterwards.")

    @Flag(help: "Accounts without mail.") var empty = false
    @Flag(help: "Print one line of JSON with the address and the users first.") var json = false
    @Option(help: ArgumentHelp("Where to listen; a free port where it is left out.", valueName: "host:port")) var listen = "127.0.0.1:0"

    func run() async throws {
        guard let tools = ProcessInfo.processInfo.environment["POSTROOM_DEMO_TOOLS"] ?? Self.toolsBesideSources() else {
            throw CommandFailure(
                .unavailable, "The demo's mail servers are not here: run `make demo` in the source folder, or set POSTROOM_DEMO_TOOLS.")
        }
        let folder = NSTemporaryDirectory() + "/postroom-demo-\(getpid())"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        if !json { Terminal.note("Starting mail servers…") }
        let servers = try DemoServers.start(tools: tools, folder: folder + "/servers", isEmpty: empty)
        defer { servers.stop() }
        let description = try servers.description()
        var options = try GlobalOptions.parse([])
        options.data = folder + "/data"
        options.allowNetwork = "127.0.0.0/8"
        options.tlsCA = description.text("ca")
        let (json, listen) = (json, listen)
        try await ServeCommand.serve(options, listen: listen) { url, _ in
            guard let record = ServerRecord.read(folder: folder + "/data") else { return }
            try await DemoCommand.fill(record, description)
            DemoCommand.announce(url, description, json: json)
        }
    }

    /// The tools of the source folder that the program was built in.
    private static func toolsBesideSources() -> String? {
        let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        var folder = executable.deletingLastPathComponent()
        for _ in 0..<5 {
            let tools = folder.appendingPathComponent("tools/demo-servers").path
            if FileManager.default.isExecutableFile(atPath: tools) { return folder.appendingPathComponent("tools").path }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
