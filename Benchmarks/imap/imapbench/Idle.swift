import Foundation
import MailProtocol
import MailTransport

/// Opens many connections, plain and with TLS, and tells what each costs in resident memory: a bare channel of the network library for
/// a base, a `MailConnection` with a waiting reader, an `IMAPClient` in IDLE.
///
/// The server is this program started anew, so that its memory is not counted.
enum Idle {
    /// `idle [COUNT]`, and the two forms that it starts itself in.
    static func run(_ arguments: [String]) async throws {
        if arguments.count == 3, arguments[0] == "serve" {
            return try await IdleServer.run(certificate: arguments[1], key: arguments[2])
        }
        if arguments.count == 6, arguments[0] == "measure", let port = Int(arguments[1]), let count = Int(arguments[4]) {
            let security: ConnectionSecurity = arguments[2] == "TLS" ? .tls : .none
            let line = Line(endpoint: ServerEndpoint(host: "127.0.0.1", port: port, security: security), authority: arguments[5])
            let kinds = ["bare": line.bare, "connection": line.connection, "client": line.client]
            guard let open = kinds[arguments[3]] else { throw Usage() }
            let bytes = try await measure(count, open)
            return print(
                "idle \(arguments[2]) \(arguments[3]) \((Double(bytes) / Double(count) / 102.4).rounded() / 10) KB each of \(count)")
        }
        let count = arguments.first ?? "2000"
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try makeCertificate(in: folder)
        let server = try startServer(folder)
        defer { server.process.terminate() }
        for (port, security) in [(server.ports[0], "plain"), (server.ports[1], "TLS")] {
            for kind in ["bare", "connection", "client"] {
                // A process each: what one has freed would be the next one's for nothing.
                let measurement = Process()
                measurement.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
                measurement.arguments = ["idle", "measure", "\(port)", security, kind, count, folder + "/cert.pem"]
                try measurement.run()
                measurement.waitUntilExit()
            }
        }
    }

    /// What keeps a connection waiting until its task is cancelled.
    typealias Wait = @Sendable () async -> Void

    private static func measure(_ count: Int, _ open: @escaping @Sendable () async throws -> Wait) async throws -> Int {
        // The first one pays for what all share: contexts, threads, certificates.
        let first = Task { [wait = try await open()] in await wait() }
        let before = residentBytes()
        let grown = try await withThrowingTaskGroup(of: Void.self, returning: Int.self) { group in
            let (ready, told) = AsyncStream.makeStream(of: Void.self)
            var opened = 0
            var arrivals = ready.makeAsyncIterator()
            for index in 0..<count {
                group.addTask {
                    let wait = try await open()
                    told.yield()
                    await wait()
                }
                // At most 50 handshakes at a time, as a start-up would do.
                if index >= 50 {
                    _ = await arrivals.next()
                    opened += 1
                }
            }
            while opened < count {
                _ = await arrivals.next()
                opened += 1
            }
            try await Task.sleep(for: .seconds(2))
            let after = residentBytes()
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
            return after - before
        }
        first.cancel()
        return grown
    }

    private static func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4096
    }

    private static func temporaryFolder() throws -> String {
        let folder = NSTemporaryDirectory() + "postroom-idle-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func makeCertificate(in folder: String) throws {
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=idle",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
    }

    private static func startServer(_ folder: String) throws -> (process: Process, ports: [Int]) {
        let server = Process()
        server.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        server.arguments = ["idle", "serve", folder + "/cert.pem", folder + "/key.pem"]
        let output = Pipe()
        server.standardOutput = output
        try server.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let ports = line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard ports.count == 2 else { throw CocoaError(.fileReadUnknown) }
        return (server, ports)
    }
}
