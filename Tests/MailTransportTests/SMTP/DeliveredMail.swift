import MailProtocol
import MailTransport
import NIOCore

/// Reads what a server delivered, with a handful of raw IMAP commands: the proof must not rest on a client of ours.
enum DeliveredMail {
    struct NotThere: Error {}

    /// The source of the message with this Message-ID in a user's inbox, as soon as it is there.
    static func read(_ id: String, from user: String, on bed: MailBed) async throws -> String {
        let connection = try await MailConnection.open(to: bed.endpoint("imaps", security: .tls), options: bed.options())
        defer { connection.close() }
        var session = Session(connection: connection)
        _ = try await session.until("\r\n")
        _ = try await session.ask("LOGIN \(user)@example.test \(user)-pw")
        for _ in 0..<100 {
            _ = try await session.ask("SELECT INBOX")
            let found = try await session.ask("UID SEARCH HEADER Message-ID \(id)")
            if let uid = found.split(whereSeparator: \.isWhitespace).drop(while: { $0 != "SEARCH" }).dropFirst().compactMap({ Int($0) })
                .first
            {
                let answer = try await session.ask("UID FETCH \(uid) BODY.PEEK[]")
                guard let open = answer.firstIndex(of: "{"), let close = answer[open...].firstIndex(of: "}"),
                    let length = Int(answer[answer.index(after: open)..<close])
                else { throw NotThere() }
                let bytes = Array(answer[answer.index(after: close)...].utf8.drop { $0 == 13 || $0 == 10 }.prefix(length))
                return String(decoding: bytes, as: UTF8.self)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw NotThere()
    }

    private struct Session {
        let connection: MailConnection
        var number = 0

        init(connection: MailConnection) { self.connection = connection }

        mutating func ask(_ command: String) async throws -> String {
            number += 1
            try await connection.write(Array("a\(number) \(command)\r\n".utf8))
            return try await until("a\(number) OK")
        }

        func until(_ end: String) async throws -> String {
            var bytes: [UInt8] = []
            while !String(decoding: bytes.suffix(2000), as: UTF8.self).contains(end) {
                guard let more = try await connection.read() else { throw NotThere() }
                bytes += more.readableBytesView
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
