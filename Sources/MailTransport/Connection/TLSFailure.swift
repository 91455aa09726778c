/// Why a TLS session could not be made, with the certificates the server showed.
public struct TLSFailure: Sendable, Equatable {
    public enum Reason: Sendable, Equatable {
        /// A certificate of the chain is past its time; the summary says which and since when.
        case expired(CertificateSummary)
        case notYetValid(CertificateSummary)
        /// The server vouches for itself.
        case selfSigned
        /// The chain ends at an authority we do not know, by its name.
        case unknownIssuer(String)
        /// The server leaves out the intermediate certificate that would lead to a known authority.
        case chainIncomplete(missing: String)
        /// The certificate is for other names.
        case nameMismatch(presented: [String])
        /// The certificate is not the one pinned for this provider; its SHA-256 in hex.
        case pinMismatch(String)
        /// The certificate may not be used for a server (RFC 5280, section 4.2.1.12), or breaks another rule of its form.
        case unsuitableCertificate(String)
        /// The server knows nothing newer than TLS 1.1.
        case protocolTooOld
        /// The server answered without TLS: the port is for plaintext or STARTTLS.
        case plaintextOnTLSPort
        /// The server hung up or alerted without a reason we can name.
        case handshakeFailed(String)
    }

    public var reason: Reason
    /// As presented, the server's own certificate first; empty where none came.
    public var chain: [CertificateSummary]

    public init(_ reason: Reason, chain: [CertificateSummary] = []) {
        self.reason = reason
        self.chain = chain
    }

    /// A stable code for messages and documents.
    public var code: String {
        switch reason {
        case .expired: "certificate-expired"
        case .notYetValid: "certificate-not-yet-valid"
        case .selfSigned: "certificate-self-signed"
        case .unknownIssuer: "certificate-unknown-issuer"
        case .chainIncomplete: "certificate-chain-incomplete"
        case .nameMismatch: "certificate-name-mismatch"
        case .pinMismatch: "certificate-pin-mismatch"
        case .unsuitableCertificate: "certificate-unsuitable"
        case .protocolTooOld: "tls-too-old"
        case .plaintextOnTLSPort: "plaintext-on-tls-port"
        case .handshakeFailed: "tls-handshake-failed"
        }
    }

    var isRetryable: Bool {
        if case .handshakeFailed = reason { return true }
        return false
    }
}

/// One certificate as people need to see it.
public struct CertificateSummary: Sendable, Equatable, Hashable, Codable {
    public var subject: String
    public var issuer: String
    /// Seconds since 1970.
    public var notBefore: Int
    /// Seconds since 1970.
    public var notAfter: Int
    /// DNS names and IP addresses it is for.
    public var names: [String]
    /// SHA-256 of the DER form, lower-case hex.
    public var sha256: String

    public init(subject: String, issuer: String, notBefore: Int, notAfter: Int, names: [String], sha256: String) {
        self.subject = subject
        self.issuer = issuer
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.names = names
        self.sha256 = sha256
    }
}
