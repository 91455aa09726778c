import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import PostroomCore
import PostroomJMAP
import PostroomWeb

/// What a command works with: the server that runs on the data folder, or the same program for the time of one command.
struct CommandSession: Sendable {
    let api: APIClient
    /// Set where no server runs: then this process holds the data folder.
    let app: PostroomApp?

    /// Finds the running server, or serves the API to this command alone on a loopback port.
    static func run(_ options: GlobalOptions, _ body: @Sendable (CommandSession) async throws -> Void) async throws {
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            if let record = ServerRecord.read(folder: options.dataFolder) {
                try await body(CommandSession(api: APIClient(url: record.url, operatorToken: record.operatorToken, http: http), app: nil))
            } else {
                try await runAlone(options, http: http, body)
            }
            try await http.shutdown()
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    private static func runAlone(
        _ options: GlobalOptions, http: HTTPClient, _ body: @Sendable (CommandSession) async throws -> Void
    ) async throws {
        var logger = Logger(label: "postroom")
        logger.logLevel = .error
        let token = UUID().uuidString + UUID().uuidString
        let app = try await PostroomApp.build(options, operatorToken: token, logger: logger)
        defer { try? app.store.close() }
        // It is ended by cancellation when the command is done, which it would call an error.
        var quiet = logger
        quiet.logLevel = .critical
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: WebApplication.router(app.makeServices()), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) }, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await application.run()
                continuation.finish()
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else {
                throw CommandFailure(.failed, "Postroom could not open a port on 127.0.0.1.")
            }
            let api = APIClient(url: "http://127.0.0.1:\(port)", operatorToken: token, http: http)
            do {
                try await body(CommandSession(api: api, app: app))
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    static func noAccount(_ address: String) -> CommandFailure {
        CommandFailure(.badInput, "There is no account “\(address)”. `postroom account list` shows those there are.")
    }

    static func severalAccounts(_ address: String) -> CommandFailure {
        CommandFailure(.usage, "Several users have connected “\(address)”: say whose is meant with --user NAME.")
    }

    /// The account of an address. Where several users connected it, `user` says whose is meant.
    func account(_ address: String, user: String? = nil) async throws -> (id: String, jmapID: String, owner: String, json: JSONObject) {
        let users = try await api.send("GET", "/api/v1/users").object?["users"]?.array ?? []
        let names = Dictionary(
            users.compactMap { item in item.object.flatMap { object in object["id"]?.string.map { ($0, object["name"]?.string ?? "") } } },
            uniquingKeysWith: { first, _ in first })
        let all = try await api.send("GET", "/api/v1/accounts?all=1").object?["accounts"]?.array ?? []
        let matching = all.compactMap(\.object).filter { object in
            object["address"]?.string?.lowercased() == address.lowercased()
                && (user == nil || names[object["userId"]?.string ?? ""]?.lowercased() == user?.lowercased())
        }
        guard let account = matching.first, let id = account["id"]?.string, let jmapID = account["jmapAccountId"]?.string else {
            throw Self.noAccount(address)
        }
        guard matching.count == 1 else { throw Self.severalAccounts(address) }
        return (id, jmapID, names[account["userId"]?.string ?? ""] ?? "", account)
    }
}
