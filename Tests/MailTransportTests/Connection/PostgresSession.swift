import MailProtocol
import MailTransport
import NIOCore

/// Just enough of PostgreSQL's protocol (version 3.0) to sign in by SASL over our TLS connection.
struct PostgresSession {
    let connection: MailConnection
    private var buffer = ByteBuffer()

    enum Outcome: Equatable {
        case signedIn
        /// SQLSTATE and words of the server.
        case refused(String, String)
    }

    struct Surprise: Error { var what: String }

    /// Connects, asks for TLS as one asks for STARTTLS, and makes the handshake.
    init(port: Int, options: ConnectionOptions) async throws {
        connection = try await MailConnection.open(to: ServerEndpoint(host: "127.0.0.1", port: port, security: .startTLS), options: options)
        // SSLRequest: its length and a number that is no version.
        try await connection.write([0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F])
        guard let answer = try await connection.read(), String(buffer: answer) == "S" else { throw Surprise(what: "no TLS") }
        try await connection.startTLS()
    }

    /// The mechanisms offered to `postgres`.
    mutating func mechanisms() async throws -> [String] {
        var start = ByteBuffer()
        start.writeInteger(UInt32(196_608))
        start.writeString("user\0postgres\0database\0postgres\0\0")
        var framed = ByteBuffer()
        framed.writeInteger(UInt32(start.readableBytes + 4))
        framed.writeBuffer(&start)
        try await connection.write(framed)
        var (type, body) = try await message()
        guard type == UInt8(ascii: "R"), body.readInteger(as: UInt32.self) == 10 else { throw Surprise(what: "no SASL") }
        return String(buffer: body).split(separator: "\0").map(String.init)
    }

    mutating func signIn(_ exchange: SASLExchange) async throws -> Outcome {
        var exchange = exchange
        let first = exchange.initialResponse() ?? []
        try await answer(
            Array(exchange.mechanism.rawValue.utf8) + [0] + withUnsafeBytes(of: UInt32(first.count).bigEndian, Array.init) + first)
        var proven = false
        while true {
            var (type, body) = try await message()
            switch (type, type == UInt8(ascii: "R") ? body.readInteger(as: UInt32.self) : nil) {
            case (_, 11): try await answer(exchange.respond(to: Array(body.readableBytesView)))
            case (_, 12):
                try exchange.finish(Array(body.readableBytesView))
                proven = true
            case (_, 0):
                guard proven else { throw Surprise(what: "success without the server's proof") }
                return .signedIn
            case (UInt8(ascii: "E"), _):
                let fields = String(buffer: body).split(separator: "\0")
                func field(_ letter: Character) -> String { fields.first { $0.first == letter }.map { String($0.dropFirst()) } ?? "" }
                return .refused(field("C"), field("M"))
            default: throw Surprise(what: "message \(type)")
            }
        }
    }

    private func answer(_ bytes: [UInt8]) async throws {
        var message = ByteBuffer()
        message.writeInteger(UInt8(ascii: "p"))
        message.writeInteger(UInt32(bytes.count + 4))
        message.writeBytes(bytes)
        try await connection.write(message)
    }

    private mutating func message() async throws -> (type: UInt8, body: ByteBuffer) {
        while true {
            if let length = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt32.self), buffer.readableBytes > Int(length),
                let type = buffer.readInteger(as: UInt8.self)
            {
                buffer.moveReaderIndex(forwardBy: 4)
                return (type, buffer.readSlice(length: Int(length) - 4) ?? ByteBuffer())
            }
            guard var more = try await connection.read() else { throw Surprise(what: "end") }
            buffer.writeBuffer(&more)
        }
    }
}
