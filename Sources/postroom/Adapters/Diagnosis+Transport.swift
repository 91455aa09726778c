import MailProtocol
import MailTransport
import PostroomCore

extension Diagnosis {
    /// What an error of the line means for people. `stage` is where a transfer error counts to: the sync or the delivery.
    init(_ error: TransportError, side: MailSide, endpoint: ServerEndpoint, transferStage: DiagnosisStage) {
        var details = ["host": endpoint.host, "port": "\(endpoint.port)"]
        let (cause, more, text) = Self.meaning(of: error)
        details.merge(more) { _, new in new }
        self.init(stage: Self.stage(of: error, transfer: transferStage), cause: cause, side: side, serverText: text, details: details)
    }

    private static func stage(of error: TransportError, transfer: DiagnosisStage) -> DiagnosisStage {
        switch error.stage {
        case .resolve: .name
        case .connect: .connect
        case .tls, .startTLS: .tls
        case .greeting: .greeting
        case .signIn: .signIn
        case .transfer: transfer
        }
    }

    private static func meaning(of error: TransportError) -> (DiagnosisCause, [String: String], serverText: String) {
        switch error.cause {
        case .unknownHost: (.unknownHost, [:], "")
        case .nameServerFailure: (.networkUnreachable, ["reason": "name servers do not answer"], "")
        case .noAddressAllowed(let addresses, _): (.addressNotAllowed, ["address": addresses.joined(separator: ", ")], "")
        case .connectionRefused: (.connectionRefused, [:], "")
        case .networkUnreachable: (.networkUnreachable, [:], "")
        // Silence before a greeting on a line without TLS is how a port for SSL/TLS looks.
        case .timedOut: (.timedOut, [:], "")
        case .tls(let failure): meaning(of: failure)
        case .tlsOnPlaintextPort: (.tlsOnPlaintextPort, [:], "")
        case .startTLSNotOffered: (.startTLSNotOffered, [:], "")
        case .startTLSRefused(let words): (.startTLSNotOffered, [:], words)
        case .startTLSInjection: (.startTLSInjection, [:], "")
        case .closedByPeer: (.connectionLost, [:], "")
        case .connectionReset: (.connectionLost, [:], "")
        case .limitExceeded(let limit): (.limitExceeded, ["limit": limit], "")
        case .protocolViolation(let reason): (error.stage == .greeting ? .notThisProtocol : .protocolError, ["reason": reason], "")
        case .corruptCompression: (.protocolError, ["reason": "the compressed stream is broken"], "")
        case .cancelled: (.connectionLost, [:], "")
        case .system(let words): (.connectionLost, ["reason": words], "")
        }
    }

    private static func meaning(of failure: TLSFailure) -> (DiagnosisCause, [String: String], serverText: String) {
        func date(_ seconds: Int) -> String { Timestamp(seconds: Int64(seconds)).description }
        switch failure.reason {
        case .expired(let certificate): return (.certificateExpired, ["date": date(certificate.notAfter)], "")
        case .notYetValid(let certificate): return (.certificateNotYetValid, ["date": date(certificate.notBefore)], "")
        case .selfSigned: return (.certificateSelfSigned, ["fingerprint": failure.chain.first?.sha256 ?? ""], "")
        case .unknownIssuer(let issuer):
            return (.certificateUnknownIssuer, ["issuer": issuer, "fingerprint": failure.chain.first?.sha256 ?? ""], "")
        case .chainIncomplete(let missing): return (.certificateChainIncomplete, ["issuer": missing], "")
        case .nameMismatch(let presented): return (.certificateNameMismatch, ["names": presented.prefix(10).joined(separator: ", ")], "")
        case .pinMismatch(let found):
            return (.certificateUnknownIssuer, ["issuer": failure.chain.first?.issuer ?? "", "fingerprint": found], "")
        case .unsuitableCertificate(let reason): return (.tlsFailed, ["reason": reason], "")
        case .protocolTooOld: return (.tlsVersionTooOld, [:], "")
        case .plaintextOnTLSPort: return (.plaintextOnTLSPort, [:], "")
        case .handshakeFailed(let reason): return (.tlsFailed, ["reason": reason], "")
        }
    }
}

extension MailFailure {
    init(_ error: TransportError, side: MailSide, endpoint: ServerEndpoint, transferStage: DiagnosisStage) {
        let diagnosis = Diagnosis(error, side: side, endpoint: endpoint, transferStage: transferStage)
        // A name that is unknown today was known when the account was made: most such failures pass.
        let passes =
            error.isRetryable || error.cause == .unknownHost || diagnosis.cause == .limitExceeded || diagnosis.cause == .protocolError
        self.init(diagnosis, retry: passes ? .later : .afterAttention)
    }
}

extension ConnectionOptions {
    /// The same for one provider, whose certificate may be pinned (64 hex digits).
    func pinned(to certificate: String?) -> ConnectionOptions {
        guard let certificate, let pin = BlobID(hex: certificate.lowercased().filter { $0 != ":" }) else { return self }
        var options = self
        options.pinnedCertificate = pin.sha256
        return options
    }
}
