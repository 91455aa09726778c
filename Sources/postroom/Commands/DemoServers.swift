import AsyncHTTPClient
import Foundation
import PostroomCore
import PostroomJMAP

/// The process that keeps the demo's mail servers; it ends them when its standard input closes, whatever becomes of us.
struct DemoServers {
    let process: Process
    let folder: String
    let input: Pipe
    let output: Pipe

    static func start(tools: String, folder: String, isEmpty: Bool) throws -> DemoServers {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tools + "/demo-servers")
        process.arguments = [folder] + (isEmpty ? ["--empty"] : [])
        let servers = DemoServers(process: process, folder: folder, input: Pipe(), output: Pipe())
        process.standardInput = servers.input
        process.standardOutput = servers.output
        process.standardError = FileHandle.standardError
        try process.run()
        return servers
    }

    /// The one line that the servers print when they are ready.
    func description() throws -> JSONObject {
        var line: [UInt8] = []
        while !line.contains(0x0A) {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else {
                throw CommandFailure(.unavailable, "The demo's mail servers did not start; their words are above.")
            }
            line += data
        }
        guard let object = try? JSONParser.parse(Array(line.prefix { $0 != 0x0A })).object else {
            throw CommandFailure(.unavailable, "The demo's mail servers said something else than expected.")
        }
        return object
    }

    func stop() {
        // Either is its sign to clean up, and it needs only one; the signal reaches it even where something else holds its input open.
        try? input.fileHandleForWriting.close()
        process.terminate()
        let end = Date().addingTimeInterval(10)
        // Removing its folder is the last thing it does; the servers it started keep Foundation from seeing its end.
        while process.isRunning, FileManager.default.fileExists(atPath: folder), Date() < end { usleep(50_000) }
    }
}

extension DemoCommand {
    /// Provider, domain, users and their accounts, through the API like anybody else.
    static func fill(_ record: ServerRecord, _ servers: JSONObject) async throws {
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        do {
            let api = APIClient(url: record.url, operatorToken: record.operatorToken, http: http)
            let provider = try await api.send(
                "POST", "/api/v1/providers",
                .object(
                    JSONObject([
                        ("name", .string(servers.text("provider"))), ("imap", servers["imap"] ?? .null), ("smtp", servers["smtp"] ?? .null),
                        ("loginFormat", .string(servers.text("loginFormat"))), ("domains", .array([.string(servers.text("domain"))])),
                    ])))
            let id = provider.object?.text("id") ?? ""
            for (index, user) in (servers["users"]?.array ?? []).compactMap(\.object).enumerated() {
                let (name, password) = (user.text("name"), user.text("password"))
                try await api.send(
                    "POST", "/api/v1/users",
                    .object(
                        JSONObject([
                            ("name", .string(name)), ("displayName", .string(user.text("displayName"))),
                            ("password", .string(password.count < 8 ? password + "-demo" : password)), ("isAdmin", .bool(index == 0)),
                        ])))
                try await api.send(
                    "POST", "/api/v1/accounts",
                    .object(
                        JSONObject([
                            ("address", .string(user.text("address"))), ("providerId", .string(id)), ("password", .string(password)),
                            ("senderName", .string(user.text("displayName"))),
                        ])), as: name)
            }
            try await http.shutdown()
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    static func announce(_ url: String, _ servers: JSONObject, json: Bool) {
        let users = (servers["users"]?.array ?? []).compactMap(\.object).map {
            user -> (name: String, password: String, address: String, mail: String) in
            let password = user.text("password")
            return (user.text("name"), password.count < 8 ? password + "-demo" : password, user.text("address"), password)
        }
        if json {
            let list = users.map { user in
                JSONValue.object(
                    JSONObject([("name", .string(user.name)), ("password", .string(user.password)), ("address", .string(user.address))]))
            }
            Terminal.print(json: .object(JSONObject([("url", .string(url)), ("users", .array(list))])))
            return
        }
        Terminal.print("\nPostroom is at \(url)\n")
        Terminal.table(
            ["USER", "PASSWORD", "MAILBOX", "ITS PASSWORD"], users.map { [$0.name, $0.password, $0.address, $0.mail] })
        if let imap = servers["imap"]?.object, let smtp = servers["smtp"]?.object {
            Terminal.print("\nMail servers, to add a provider by hand:")
            for (name, server) in [("IMAP", imap), ("SMTP", smtp)] {
                Terminal.print("  \(name)  \(server.text("host")):\(server.text("port"))  \(server.text("security"))")
            }
        }
        Terminal.print("\nThe first user is administrator. Ctrl-C ends everything; nothing stays.\n")
        Terminal.print("listening on \(url)")
    }
}
