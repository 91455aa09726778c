import Foundation

/// A PostgreSQL server that asks for SCRAM over TLS, on a loopback port and in a folder of its own.
///
/// Of the servers on a Debian machine it is the one that binds SCRAM to `tls-server-end-point`, as this client does.
final class PostgresTLS: Sendable {
    static let password = "correct horse"
    static let programs: URL? = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.compactMap { Int($0) }.max().map { URL(filePath: "/usr/lib/postgresql/\($0)/bin") }
    }()

    let port: Int
    private let folder: URL

    struct Failure: Error { var command: [String] }

    init(_ certificate: TestCertificate) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "postroom-postgres-\(UUID().uuidString)")
        port = try Self.freePort()
        let (data, secret) = (folder.appending(path: "data").path, folder.appending(path: "password").path)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.password.write(toFile: secret, atomically: true, encoding: .utf8)
        for name in ["cert.pem", "key.pem"] {
            try FileManager.default.copyItem(at: certificate.folder.appending(path: name), to: folder.appending(path: name))
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.appending(path: "key.pem").path)
        if getuid() == 0 { try Self.run(["chown", "-R", "postgres", folder.path]) }
        try Self.asPostgres("initdb", ["-D", data, "-A", "scram-sha-256", "-U", "postgres", "--pwfile", secret, "--no-sync"])
        let settings =
            "-c listen_addresses=127.0.0.1 -c port=\(port) -c unix_socket_directories= -c fsync=off -c ssl=on"
            + " -c ssl_cert_file=\(folder.path)/cert.pem -c ssl_key_file=\(folder.path)/key.pem"
        try Self.asPostgres("pg_ctl", ["-D", data, "-l", folder.appending(path: "log").path, "-w", "-o", settings, "start"])
    }

    func stop() throws {
        try Self.asPostgres("pg_ctl", ["-D", folder.appending(path: "data").path, "-m", "immediate", "-w", "stop"])
        try FileManager.default.removeItem(at: folder)
    }

    /// Below those that the system gives to outgoing connections, of which one might have it by the time the server starts.
    private static func freePort() throws -> Int {
        for _ in 0..<200 {
            let port = UInt16.random(in: 10_000..<32_000)
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let isFree = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
            }
            if isFree { return Int(port) }
        }
        throw Failure(command: ["bind"])
    }

    /// The server refuses to run as root.
    private static func asPostgres(_ program: String, _ arguments: [String]) throws {
        guard let programs else { throw Failure(command: [program]) }
        let command = [programs.appending(path: program).path] + arguments
        try run(getuid() == 0 ? ["runuser", "-u", "postgres", "--"] + command : command)
    }

    /// posix_spawn and waitpid: `Process` waits for a pipe that the server it starts would inherit.
    private static func run(_ command: [String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0...2 as ClosedRange<Int32> {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        let arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        guard posix_spawnp(&pid, command[0], &actions, nil, arguments, environ) == 0 else { throw Failure(command: command) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else { throw Failure(command: command) }
    }
}
