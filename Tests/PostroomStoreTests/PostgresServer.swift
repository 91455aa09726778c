import Foundation

/// A PostgreSQL server of the tests' own, in a temporary folder and on a Unix socket alone, for the time of the process.
///
/// Tests use it where `POSTROOM_TEST_DATABASE=postgres` is set; `initdb` and `pg_ctl` must be on the path.
enum PostgresServer {
    static let isWanted = ProcessInfo.processInfo.environment["POSTROOM_TEST_DATABASE"] == "postgres"

    struct Failure: Error {
        var command: [String]
    }

    /// Its folder; started when first asked for.
    private static let folder = Result { try start() }

    /// A database that nothing else uses, as a connection string.
    static func newDatabase() throws -> String {
        let folder = try folder.get()
        let name = "t\(UUID().uuidString.filter { $0 != "-" }.lowercased())"
        try run(["createdb", "-h", folder, "-U", "postgres", name])
        return "host=\(folder) user=postgres dbname=\(name)"
    }

    private static func start() throws -> String {
        // The name of a Unix socket has room for about a hundred bytes.
        let folder = "/tmp/pr-pg-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if getuid() == 0 { try run(["chown", "postgres", folder]) }
        try runAsPostgres([
            "initdb", "-D", "\(folder)/data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8",
        ])
        let options =
            "-c fsync=off -c listen_addresses='' -c unix_socket_directories=\(folder) -c max_connections=800 -c shared_buffers=64MB"
        try runAsPostgres(["pg_ctl", "-D", "\(folder)/data", "-l", "\(folder)/log", "-w", "-o", options, "start"])
        atexit {
            // Nothing may be captured here, and nobody is left to hear of a failure.
            let folder = "/tmp/pr-pg-\(getpid())"
            try? PostgresServer.runAsPostgres(["pg_ctl", "-D", "\(folder)/data", "-m", "immediate", "-w", "stop"])
            try? FileManager.default.removeItem(atPath: folder)
        }
        return folder
    }

    /// The server refuses to run as root.
    private static func runAsPostgres(_ command: [String]) throws {
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
