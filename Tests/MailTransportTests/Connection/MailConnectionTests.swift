import MailProtocol
import MailTransport
import NIOCore
import Testing

@Suite("Connections")
struct MailConnectionTests {
    private func cause(_ body: () async throws -> Void) async -> TransportError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? TransportError
        }
    }

    @Test("bytes go in and come out")
    func echo() async throws {
        try await ScriptedServer.run { peer in
            try await peer.say("* OK hello\r\n")
            let line = try await peer.line()
            try await peer.say("heard \(line)\r\n")
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(), options: .loopback())
            #expect(connection.remoteAddress == "127.0.0.1")
            #expect(!connection.isEncrypted)
            var inbound = connection.inbound.makeAsyncIterator()
            #expect(try await inbound.next().map { String(buffer: $0) } == "* OK hello\r\n")
            try await connection.write(Array("noop\r\n".utf8))
            #expect(try await inbound.next().map { String(buffer: $0) } == "heard noop\r\n")
            #expect(try await inbound.next() == nil)
            #expect(try await inbound.next() == nil)
        }
    }

    @Test("nobody listens: connection refused")
    func refused() async throws {
        // Port 1 (tcpmux): nothing has listened there for decades, and no other test is given it.
        let error = await cause {
            _ = try await MailConnection.open(to: .init(host: "127.0.0.1", port: 1, security: .none), options: .loopback())
        }
        #expect(error == TransportError(.connect, .connectionRefused))
        #expect(error?.isRetryable == true)
    }

    @Test("a name without an address is unknown, not a network error")
    func unknownHost() async {
        let error = await cause {
            _ = try await MailConnection.open(to: .init(host: "no-such-host.invalid", port: 143, security: .none), options: .loopback())
        }
        // A machine without any name server cannot tell.
        #expect([.unknownHost, .nameServerFailure].contains(error?.cause))
        #expect(error?.stage == .resolve)
    }

    @Test("a port out of range is refused before anything else", arguments: [0, 65536, -1])
    func badPort(_ port: Int) async {
        let error = await cause {
            _ = try await MailConnection.open(to: .init(host: "127.0.0.1", port: port, security: .none), options: .loopback())
        }
        #expect(error?.stage == .connect)
    }

    @Test("silence ends a read with a time-out, and the connection with it")
    func silence() async throws {
        try await ScriptedServer.run {
            await $0.untilGone()
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(), options: .loopback())
            let error = await cause { _ = try await connection.read(within: .milliseconds(50)) }
            #expect(error == TransportError(.transfer, .timedOut))
            #expect(await cause { _ = try await connection.read() } == TransportError(.transfer, .timedOut))
            #expect(await cause { try await connection.write([1]) } == TransportError(.transfer, .timedOut))
        }
    }

    @Test("cancelling a reader ends it at once and closes")
    func cancelRead() async throws {
        try await ScriptedServer.run {
            await $0.untilGone()
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(), options: .loopback())
            let reader = Task { try await connection.read() }
            reader.cancel()
            await #expect(throws: TransportError(.transfer, .cancelled)) { try await reader.value }
            #expect(connection.hasEnded)
        }
    }

    @Test("closing gives a waiting reader its end")
    func closeWhileReading() async throws {
        try await ScriptedServer.run {
            await $0.untilGone()
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(), options: .loopback())
            async let bytes = connection.read()
            connection.close()
            #expect(try await bytes == nil)
        }
    }

    @Test("a second reader fails, the first keeps its place")
    func twoReaders() async throws {
        try await ScriptedServer.run { peer in
            _ = try await peer.line()
            try await peer.say("x")
            await peer.untilGone()
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(), options: .loopback())
            let results = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<2 { group.addTask { (try? await connection.read()) != nil } }
                // The one that lost its place is back first; then the server is asked to speak to the other.
                let first = try await group.next()
                try await connection.write(Array("go\r\n".utf8))
                return [first, try await group.next()]
            }
            #expect(results == [false, true])
        }
    }

    @Test("a flood that nobody reads stays bounded and arrives whole when somebody does")
    func backPressure() async throws {
        let size = 8 * 1024 * 1024
        try await ScriptedServer.run { peer in
            for _ in 0..<(size / 65536) { try await peer.say([UInt8](repeating: 7, count: 65536)) }
            await peer.untilGone()
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(), options: .loopback())
            // Wait until reading has begun, then give the flood its chance.
            while connection.bufferedBytes == 0 { try await Task.sleep(for: .milliseconds(5)) }
            try await Task.sleep(for: .milliseconds(200))
            #expect(connection.bufferedBytes < 1024 * 1024)
            var total = 0
            while total < size { total += try #require(try await connection.read()).readableBytes }
            #expect(total == size)
        }
    }

    @Test("bytes before the handshake of STARTTLS are an injection, whoever holds them")
    func injection() async throws {
        try await ScriptedServer.run { peer in
            _ = try await peer.line()
            try await peer.say("220 go\r\n")
            try await peer.say("250 injected\r\n")
            await peer.untilGone()
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(.startTLS), options: .loopback())
            try await connection.write(Array("STARTTLS\r\n".utf8))
            var read = ""
            while !read.contains("injected") { read += String(buffer: try #require(try await connection.read())) }
            let error = await cause { try await connection.startTLS(leftover: 14) }
            #expect(error == TransportError(.startTLS, .startTLSInjection))
            #expect(connection.hasEnded)
        }
        try await ScriptedServer.run { peer in
            try await peer.say("220 go\r\n")
            await peer.untilGone()
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(.startTLS), options: .loopback())
            while connection.bufferedBytes == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(await cause { try await connection.startTLS() } == TransportError(.startTLS, .startTLSInjection))
        }
    }

    @Test("a plaintext server on a TLS port is named as such")
    func plaintextOnTLSPort() async throws {
        try await ScriptedServer.run { peer in
            try await peer.say("220 mail.example.test ESMTP\r\n")
            await peer.untilGone()
        } body: { server in
            let error = await cause { _ = try await MailConnection.open(to: server.endpoint(.tls), options: .loopback()) }
            #expect(error?.code == "plaintext-on-tls-port")
        }
    }

    @Test("a server that hangs up in the handshake, and one that never answers it")
    func brokenHandshake() async throws {
        try await ScriptedServer.run { peer in
            _ = try await peer.bytes(1)
        } body: { server in
            let error = await cause { _ = try await MailConnection.open(to: server.endpoint(.tls), options: .loopback()) }
            #expect(error?.code == "tls-handshake-failed" || error?.code == "connection-reset")
            #expect(error?.isRetryable == true)
        }
        try await ScriptedServer.run {
            await $0.untilGone()
        } body: { server in
            var options = ConnectionOptions.loopback()
            options.timeouts.tls = .milliseconds(100)
            let error = await cause { [options] in _ = try await MailConnection.open(to: server.endpoint(.tls), options: options) }
            #expect(error == TransportError(.tls, .timedOut))
        }
    }

    @Test("DEFLATE carries both directions, and a bomb comes in pieces")
    func compression() async throws {
        try await ScriptedServer.run { peer in
            // What is sent is echoed compressed as it came: raw DEFLATE of the client is raw DEFLATE to the client.
            while let bytes = try? await peer.bytes(1) { try await peer.say(bytes) }
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(), options: .loopback())
            try connection.startCompression()
            let message = [UInt8](repeating: 65, count: 1024 * 1024)
            try await connection.write(message)
            var total = 0
            while total < message.count {
                let piece = try #require(try await connection.read())
                #expect(piece.readableBytes <= 64 * 1024)
                total += piece.readableBytes
            }
            #expect(total == message.count)
            try await connection.write(Array("short".utf8))
            var short = ""
            while short.utf8.count < 5 { short += String(buffer: try #require(try await connection.read())) }
            #expect(short == "short")
        }
    }

    @Test("a broken compressed stream is an error, not garbage")
    func corruptCompression() async throws {
        try await ScriptedServer.run { peer in
            try await peer.say([0xFF, 0xFF, 0xFF, 0xFF])
            await peer.untilGone()
        } body: { server in
            let connection = try await MailConnection.open(to: server.endpoint(), options: .loopback())
            try connection.startCompression()
            #expect(await cause { _ = try await connection.read() } == TransportError(.transfer, .corruptCompression))
        }
    }

    @Test("cancelling a connection attempt does not wait for it")
    func cancelConnect() async {
        // TEST-NET-1 would be refused by policy; a listening port whose backlog nobody serves still connects, so the TLS stage waits.
        let task = Task {
            try await ScriptedServer.run {
                await $0.untilGone()
            } body: { server in
                _ = try await MailConnection.open(to: server.endpoint(.tls), options: .loopback())
            }
        }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
    }
}
