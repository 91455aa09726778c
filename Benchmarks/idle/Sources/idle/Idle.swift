import Foundation
import MailProtocol
import MailTransport
import NIOCore

/// Opens many connections, plain and with TLS, lets a task wait on each as IDLE does, and tells what each costs in resident memory.
///
/// The server is this program started anew, so that its memory is not counted.
@main
struct Idle {
    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.count == 4, arguments[1] == "serve" {
            try await IdleServer.run(certificate: arguments[2], key: arguments[3])
            return
        }
        let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 2000
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try makeCertificate(in: folder)
        let server = try startServer(folder)
        defer { server.process.terminate() }
        print("connections\tkind\tkB each\tseconds")
        for (port, security) in [(server.ports[0], ConnectionSecurity.none), (server.ports[1], .tls)] {
            let (bytes, seconds) = try await measure(port: port, security: security, authority: folder + "/cert.pem", count: count)
            let each = (Double(bytes) / Double(count) / 102.4).rounded() / 10
            print("\(count)\t\(security == .none ? "plain" : "TLS")\t\(each)\t\((seconds * 10).rounded() / 10)")
        }
    }

    private static func measure(port: Int, security: ConnectionSecurity, authority: String, count: Int) async throws -> (bytes: Int, seconds: Double) {
        var options = ConnectionOptions(
            trust: TrustStore(usesSystemRoots: false) { [authority] },
            addressPolicy: AddressPolicySource(AddressPolicy(allowed: CIDRBlock("127.0.0.0/8").map { [$0] } ?? [])))
        options.timeouts.silence = .seconds(3600)
        let endpoint = ServerEndpoint(host: "127.0.0.1", port: port, security: security)
        let started = ContinuousClock.now
        // The first one pays for what all share: contexts, threads, certificates.
        let first = try await MailConnection.open(to: endpoint, options: options)
        _ = try await first.read()
        let before = residentBytes()
        let waiting = try await withThrowingTaskGroup(of: Void.self, returning: Int.self) { group in
            let (ready, told) = AsyncStream.makeStream(of: Void.self)
            var opened = 0
            var arrivals = ready.makeAsyncIterator()
            for index in 0..<count {
                group.addTask { [options] in
                    let connection = try await MailConnection.open(to: endpoint, options: options)
                    _ = try await connection.read()
                    told.yield()
                    _ = try? await connection.read()
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
        first.close()
        return (waiting, Double((ContinuousClock.now - started).components.seconds))
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
        server.arguments = ["serve", folder + "/cert.pem", folder + "/key.pem"]
        let output = Pipe()
        server.standardOutput = output
        try server.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let ports = line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        guard ports.count == 2 else { throw CocoaError(.fileReadUnknown) }
        return (server, ports)
    }
}
