/// Why a connection could not be made or ended: where it was, and what happened there.
public struct TransportError: Error, Sendable, Equatable {
    /// How far the connection had come.
    public enum Stage: String, Sendable, Codable, CaseIterable {
        case resolve, connect, tls, greeting, startTLS, signIn, transfer
    }

    /// What happened. Each case is one cause with one remedy.
    public enum Cause: Sendable, Equatable {
        /// The name has no address.
        case unknownHost
        /// The name servers could not be asked; the name may be right.
        case nameServerFailure
        /// The name leads only to addresses the policy closes; `canBeAllowed` where an administrator could list them.
        case noAddressAllowed(addresses: [String], canBeAllowed: Bool)
        /// Nothing listens on that port.
        case connectionRefused
        case networkUnreachable
        /// Nothing came, or nothing could be sent, for as long as the stage allows.
        case timedOut
        case tls(TLSFailure)
        /// The server waits for TLS and we for its greeting: the port is for TLS from the first byte.
        case tlsOnPlaintextPort
        /// The server does not offer STARTTLS, or somebody on the way removed it: never a reason to go on in plaintext.
        case startTLSNotOffered
        /// The server refused STARTTLS with these words.
        case startTLSRefused(String)
        /// Bytes came between the STARTTLS answer and the handshake (CVE-2011-0411).
        case startTLSInjection
        /// The server hung up.
        case closedByPeer
        /// The network or the server cut the connection.
        case connectionReset
        /// The server sent more than the named limit permits.
        case limitExceeded(String)
        /// The server speaks something else than the protocol.
        case protocolViolation(String)
        /// The compressed stream is broken (RFC 4978).
        case corruptCompression
        /// The task that used the connection was cancelled, or the connection was closed on our side.
        case cancelled
        /// Another error of the system, by its `errno` or its own words.
        case system(String)
    }

    public var stage: Stage
    public var cause: Cause

    public init(_ stage: Stage, _ cause: Cause) {
        self.stage = stage
        self.cause = cause
    }

    /// Whether the same attempt may succeed later without anybody changing anything.
    public var isRetryable: Bool {
        switch cause {
        case .nameServerFailure, .connectionRefused, .networkUnreachable, .timedOut, .closedByPeer, .connectionReset, .system,
            .corruptCompression:
            true
        case .tls(let failure): failure.isRetryable
        case .unknownHost, .noAddressAllowed, .tlsOnPlaintextPort, .startTLSNotOffered, .startTLSRefused, .startTLSInjection,
            .limitExceeded, .protocolViolation,
            .cancelled:
            false
        }
    }

    /// A stable code for messages, documents and translations.
    public var code: String {
        switch cause {
        case .unknownHost: "unknown-host"
        case .nameServerFailure: "name-server-failure"
        case .noAddressAllowed: "address-not-allowed"
        case .connectionRefused: "connection-refused"
        case .networkUnreachable: "network-unreachable"
        case .timedOut: "timed-out-\(stage.rawValue.lowercased())"
        case .tls(let failure): failure.code
        case .tlsOnPlaintextPort: "tls-on-plaintext-port"
        case .startTLSNotOffered: "starttls-not-offered"
        case .startTLSRefused: "starttls-refused"
        case .startTLSInjection: "starttls-injection"
        case .closedByPeer: "closed-by-server"
        case .connectionReset: "connection-reset"
        case .limitExceeded: "limit-exceeded"
        case .protocolViolation: "protocol-violation"
        case .corruptCompression: "corrupt-compression"
        case .cancelled: "cancelled"
        case .system: "system-error"
        }
    }
}

extension TransportError: CustomStringConvertible {
    public var description: String { "\(code) at \(stage.rawValue): \(cause)" }
}
