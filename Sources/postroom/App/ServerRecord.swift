import Foundation

/// How commands find the server that runs on a data folder: `server.json`, readable by its owner alone.
struct ServerRecord: Codable {
    static let fileName = "server.json"

    var url: String
    /// Lets the machine's owner act as any user; made anew at each start.
    var operatorToken: String
    var pid: Int32

    static func read(folder: String) -> ServerRecord? {
        guard let data = FileManager.default.contents(atPath: folder + "/" + fileName),
            let record = try? JSONDecoder().decode(ServerRecord.self, from: data), kill(record.pid, 0) == 0
        else { return nil }
        return record
    }

    func write(folder: String) throws {
        let path = folder + "/" + Self.fileName
        let data = try JSONEncoder().encode(self)
        try? FileManager.default.removeItem(atPath: path)
        guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600]) else {
            throw CommandFailure(.failed, "\(path) can't be written: check the folder's permissions.")
        }
    }

    static func remove(folder: String) {
        try? FileManager.default.removeItem(atPath: folder + "/" + fileName)
    }
}
