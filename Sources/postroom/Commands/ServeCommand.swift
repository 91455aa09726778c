import ArgumentParser
import Foundation
import Hummingbird
import Logging
import PostroomCore
import PostroomWeb
import ServiceLifecycle

/// `postroom serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the page, the API and all accounts until SIGTERM.")

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "host:port"))
    var listen = "127.0.0.1:8080"

    func run() async throws {
        try await Self.serve(options, listen: listen) { url, setupLink in
            if let setupLink { Terminal.note("Open this link once to make the first administrator: \(setupLink)") }
            Terminal.print("listening on \(url)")
        }
    }

    /// Serves until a signal comes or the task is cancelled; `ready` is told the address and, where nobody is administrator, the one-time link.
    static func serve(
        _ options: GlobalOptions, listen: String, ready: @escaping @Sendable (_ url: String, _ setupLink: String?) async throws -> Void
    ) async throws {
        let (host, port) = try address(listen)
        var logger = Logger(label: "postroom")
        logger.logLevel = ProcessInfo.processInfo.environment["POSTROOM_LOG"].flatMap { Logger.Level(rawValue: $0) } ?? .notice
        let token = UUID().uuidString + UUID().uuidString
        if let record = ServerRecord.read(folder: options.dataFolder) {
            throw CommandFailure(
                .failed,
                "Postroom already serves \(options.dataFolder) on \(record.url) (process \(record.pid)): end it first, or use another --data."
            )
        }
        let app = try await PostroomApp.build(options, operatorToken: token, logger: logger)
        let services = app.makeServices()
        let folder = options.dataFolder
        // The server takes requests only after its callback has returned: who is told that it is ready waits beside it.
        let (ports, portContinuation) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: WebApplication.router(services),
            configuration: .init(address: .hostname(host, port: port), serverName: "Postroom"),
            onServerRunning: { channel in portContinuation.yield(channel.localAddress?.port ?? port) },
            logger: ServerLog.logger(over: logger))
        let lastCall = LastCall(after: .milliseconds(1700)) { ServerRecord.remove(folder: folder) }
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: app.supervisor), .init(service: app.renewal),
                .init(service: Housekeeping(directory: app.store, maintenance: app.store, logger: logger)), .init(service: application),
                .init(service: lastCall),
            ], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        // An open event stream or a stalled mail server must not hold the end up (SIGTERM ends it within two seconds).
        configuration.maximumGracefulShutdownDuration = .milliseconds(1200)
        defer {
            lastCall.answered()
            ServerRecord.remove(folder: folder)
        }
        let group = ServiceGroup(configuration: configuration)
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                tasks.addTask {
                    // Not at once: the accounts have their mail to fetch first.
                    try await Task.sleep(for: .seconds(600))
                    while true {
                        try? await services.providerChecks.checkAll()
                        try await Task.sleep(for: .seconds(3600))
                    }
                }
                if let push = services.jmap.push {
                    tasks.addTask {
                        await push.run()
                        // Only the services decide when it is over.
                        while true { try await Task.sleep(for: .seconds(86_400)) }
                    }
                }
                tasks.addTask {
                    guard let bound = await ports.first(where: { _ in true }) else { return }
                    let shown = host.contains(":") ? "[\(host)]" : host == "0.0.0.0" ? "127.0.0.1" : host
                    let url = "http://\(shown):\(bound)"
                    try ServerRecord(url: url, operatorToken: token, pid: getpid()).write(folder: folder)
                    var link: String?
                    if try await services.access.needsSetup() {
                        link = "\(url)/#/setup/\(try await services.access.makeSetupToken())"
                    }
                    try await ready(url, link)
                    // Only the services decide when it is over.
                    while true { try await Task.sleep(for: .seconds(86_400)) }
                }
                try await tasks.next()
                tasks.cancelAll()
            }
        } catch is CancellationError {
            return
        } catch  where "\(error)".contains("Address already in use") || "\(error)".contains("EADDRINUSE") {
            throw CommandFailure(.failed, "Something else listens on \(listen) already: choose another port with --listen HOST:PORT.")
        }
    }

    private static func address(_ text: String) throws -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port) else {
            throw CommandFailure(.usage, "--listen takes HOST:PORT, as in 127.0.0.1:8080; “\(text)” is neither.")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return (host.isEmpty ? "0.0.0.0" : host, port)
    }
}
