import MailProtocol
import NIOCore

/// One SMTP connection from greeting to QUIT: commands out, replies in, in order. Owned by one ``SMTPClient``.
struct SMTPSession {
    let connection: MailConnection
    let options: SMTPOptions
    private var parser: SMTPReplyParser
    private(set) var info: SMTPSessionInfo
    /// MAIL commands so far, for LIMITS MAILMAX.
    var messages = 0
    /// Replies that must be read and forgotten before the next command's own.
    var staleReplies = 0
    /// The last transaction was broken off: RSET comes before the next one (RFC 5321, section 4.1.1.5).
    var needsReset = false
    var lastUse = ContinuousClock.now

    /// Connects and goes as far as the security and the credentials ask.
    static func open(_ endpoint: ServerEndpoint, credentials: Credentials?, options: SMTPOptions) async throws(SMTPError) -> SMTPSession {
        let connection: MailConnection
        do {
            connection = try await MailConnection.open(to: endpoint, options: options.connection)
        } catch {
            throw SMTPError(.connect, .transport(error))
        }
        var session = SMTPSession(connection: connection, options: options)
        do {
            try await session.begin(endpoint, credentials: credentials)
            return session
        } catch {
            connection.close()
            throw error
        }
    }

    private init(connection: MailConnection, options: SMTPOptions) {
        self.connection = connection
        self.options = options
        parser = SMTPReplyParser(limits: options.limits)
        info = SMTPSessionInfo(
            greeting: "", capabilities: SMTPCapabilities(), mechanism: nil, tls: connection.tlsInfo, remoteAddress: connection.remoteAddress
        )
    }

    private mutating func begin(_ endpoint: ServerEndpoint, credentials: Credentials?) async throws(SMTPError) {
        var since = ContinuousClock.now
        func lap(_ stage: SMTPError.Stage) {
            info.durations[stage, default: .zero] += ContinuousClock.now - since
            since = .now
        }
        defer { info.timings = connection.timings }
        let greeting = try await reply(.greeting, within: options.connection.timeouts.greeting)
        guard greeting.isPositive else { throw SMTPError(.greeting, .reply(greeting)) }
        info.greeting = greeting.text
        lap(.greeting)
        try await hello()
        lap(.hello)
        if endpoint.security == .startTLS {
            try await startTLS()
            lap(.startTLS)
        }
        if let credentials {
            info.mechanism = try await signIn(credentials, endpoint: endpoint)
            lap(.signIn)
            // A server may offer more to somebody it knows; one that minds the question keeps its first answer.
            try? await hello()
        }
    }

    /// EHLO, or HELO for a server from before 1993.
    private mutating func hello() async throws(SMTPError) {
        let name = options.clientName ?? Self.literal(connection.channel.localAddress)
        let answer = try await command(.ehlo(name), stage: .hello)
        if answer.isPositive {
            info.capabilities = SMTPCapabilities(ehlo: answer)
            return
        }
        // Only "I do not know this command" asks for the old one.
        guard [500, 501, 502, 504, 550].contains(answer.code), !connection.isEncrypted || info.capabilities == SMTPCapabilities() else {
            throw SMTPError(.hello, .reply(answer))
        }
        let second = try await command(.helo(name), stage: .hello)
        guard second.isPositive else { throw SMTPError(.hello, .reply(second)) }
        info.capabilities = SMTPCapabilities()
    }

    private static func literal(_ address: SocketAddress?) -> String {
        guard let address = address.flatMap({ IPAddress($0) }) else { return "[127.0.0.1]" }
        return address.isIPv4 ? "[\(address)]" : "[IPv6:\(address)]"
    }

    private mutating func startTLS() async throws(SMTPError) {
        guard info.capabilities.startTLS else { throw SMTPError(.startTLS, .transport(TransportError(.startTLS, .startTLSNotOffered))) }
        let answer = try await command(.startTLS, stage: .startTLS)
        guard answer.code == 220 else {
            throw SMTPError(
                .startTLS,
                answer.severity == .transient ? .reply(answer) : .transport(TransportError(.startTLS, .startTLSRefused(answer.text))))
        }
        do {
            try await connection.startTLS(leftover: parser.pendingBytes)
        } catch {
            throw SMTPError(.startTLS, .transport(error))
        }
        info.tls = connection.tlsInfo
        // What was said in plaintext may have been said by anybody (RFC 3207, section 4.2).
        info.capabilities = SMTPCapabilities()
        try await hello()
    }

    // MARK: Lines

    /// Sends one command and reads its reply.
    mutating func command(
        _ command: SMTPCommand, stage: SMTPError.Stage, within limit: Duration? = nil
    ) async throws(SMTPError) -> SMTPReply {
        let bytes: [UInt8]
        do {
            bytes = try command.encoded()
        } catch {
            throw SMTPError(stage, .violation(error))
        }
        do {
            try await connection.write(bytes)
        } catch {
            throw SMTPError(stage, .transport(error))
        }
        return try await reply(stage, within: min(limit ?? options.replyTimeout, options.replyTimeout))
    }

    private mutating func reply(_ stage: SMTPError.Stage, within limit: Duration) async throws(SMTPError) -> SMTPReply {
        do {
            return try await nextReply(within: limit)
        } catch {
            switch error {
            case .transport(var error):
                if stage == .greeting, error.stage == .transfer { error.stage = .greeting }
                throw SMTPError(stage, .transport(error))
            case .violation(let violation): throw SMTPError(stage, .violation(violation))
            default: throw SMTPError(stage, .transport(TransportError(.transfer, .closedByPeer)))
            }
        }
    }

    /// The next reply whose turn it is; the limit is for the whole of it, so that a drip of bytes does not hold us.
    mutating func nextReply(within limit: Duration) async throws(SubmissionFault) -> SMTPReply {
        let deadline = ContinuousClock.now + limit
        while true {
            do throws(SMTPProtocolError) {
                while let reply = try parser.next() {
                    guard staleReplies > 0 else {
                        lastUse = .now
                        return reply
                    }
                    staleReplies -= 1
                }
            } catch {
                connection.end(with: TransportError(.transfer, .protocolViolation("\(error)")))
                throw .violation(error)
            }
            do throws(TransportError) {
                guard let bytes = try await connection.read(within: max(deadline - .now, .zero)) else {
                    throw TransportError(.transfer, .closedByPeer)
                }
                parser.append(bytes.readableBytesView)
            } catch {
                throw .transport(error)
            }
        }
    }

    /// Asks whether an address may send, as far as one can without sending: MAIL and RCPT to the address itself, then RSET.
    ///
    /// Many servers judge the sender only at RCPT (Postfix's `smtpd_delay_reject`). Throws the refusal of MAIL, or of RCPT where its words or
    /// status are about the sender.
    mutating func trySender(_ address: String) async throws(SMTPError) {
        var envelope = SMTPEnvelope(mailFrom: address, recipients: [SMTPEnvelope.Recipient(address)], size: nil)
        envelope.is8Bit = false
        let began = ContinuousClock.now
        var answer = try await command(.mail(envelope, info.capabilities), stage: .sender)
        if answer.isPositive {
            answer = try await command(.rcpt(envelope.recipients[0], info.capabilities), stage: .sender)
            _ = try? await command(.rset, stage: .ready, within: .seconds(10))
            let isAboutSender =
                answer.text.lowercased().contains("sender") || answer.text.lowercased().contains("send as")
                || answer.text.lowercased().contains("from address")
            info.senderReply = answer
            info.durations[.sender] = ContinuousClock.now - began
            guard answer.severity == .permanent, isAboutSender else { return }
        }
        throw SMTPError(.sender, .reply(answer))
    }

    /// Makes the session ready for the next MAIL; false where another session does better.
    mutating func makeReady() async -> Bool {
        // Replies that are still owed may lie in the buffer; whatever else lies there, nobody asked for.
        guard !connection.hasEnded, ContinuousClock.now - lastUse < options.reuseLimit else { return false }
        guard needsReset else { return connection.bufferedBytes == 0 && parser.pendingBytes == 0 }
        let answer = try? await command(.rset, stage: .ready, within: .seconds(10))
        needsReset = false
        return answer?.isPositive ?? false
    }
}
