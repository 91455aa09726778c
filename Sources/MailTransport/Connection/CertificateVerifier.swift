import Crypto
import Foundation
import NIOSSL
@_spi(DisableValidityCheck) @_spi(FixedExpiryValidationTime) import X509

/// Judges the chain a server presents and, where it fails, finds the one cause a person can act on.
///
/// It stands apart from the connection so that each cause can be tested with certificates alone. The TLS library's own verifier
/// says only "certificate verify failed".
struct CertificateVerifier: Sendable {
    var host: String
    var trust: TrustStore
    var pinned: [UInt8]?

    /// Nil where the chain is good, else the failure.
    func verify(_ presented: [[UInt8]], now: Date = Date()) async -> (failure: TLSFailure?, leaf: Certificate?) {
        let certificates = presented.compactMap { try? Certificate(derEncoded: $0) }
        guard let leaf = certificates.first, certificates.count == presented.count else {
            return (failure(.unsuitableCertificate("not readable"), presented), nil)
        }
        if let pinned {
            let found = SHA256.hash(data: presented[0])
            return (Array(found) == pinned ? nil : failure(.pinMismatch(CertificateSummary.hex(found)), presented), leaf)
        }
        let reason = await judge(certificates, presented, now: now)
        return (reason.map { failure($0, presented) }, leaf)
    }

    private func failure(_ reason: TLSFailure.Reason, _ presented: [[UInt8]]) -> TLSFailure {
        TLSFailure(reason, chain: CertificateSummary.summaries(of: presented))
    }

    private func judge(_ certificates: [Certificate], _ encoded: [[UInt8]], now: Date) async -> TLSFailure.Reason? {
        let leaf = certificates[0]
        if await isValid(certificates, roots: trust.roots(concerning: encoded), at: now, for: host) { return usageFault(leaf) }
        // A name can be written in more than one way: before anything is called wrong, all authorities are asked.
        let roots = trust.roots()
        if await isValid(certificates, roots: roots, at: now, for: host) { return usageFault(leaf) }
        let chain = CertificateSummary.summaries(of: encoded)
        // Everything but time and name: what is left when this passes is one of the two.
        guard await isValid(certificates, roots: roots, at: nil, for: Self.ownName(of: chain[0])) else {
            return chainFault(certificates, chain, now: now)
        }
        return timeFault(certificates, chain, now: now) ?? .nameMismatch(presented: chain[0].names)
    }

    private func usageFault(_ leaf: Certificate) -> TLSFailure.Reason? {
        guard let usage = try? leaf.extensions.extendedKeyUsage, !usage.contains(.serverAuth), !usage.contains(.any) else { return nil }
        return .unsuitableCertificate("not for servers")
    }

    private func timeFault(_ certificates: [Certificate], _ chain: [CertificateSummary], now: Date) -> TLSFailure.Reason? {
        if let index = certificates.firstIndex(where: { $0.notValidAfter < now }) { return .expired(chain[index]) }
        if let index = certificates.firstIndex(where: { $0.notValidBefore > now }) { return .notYetValid(chain[index]) }
        return nil
    }

    /// The chain does not lead to a known authority at any time.
    private func chainFault(_ certificates: [Certificate], _ chain: [CertificateSummary], now: Date) -> TLSFailure.Reason {
        let leaf = certificates[0]
        if leaf.isSelfIssued, leaf.publicKey.isValidSignature(leaf.signature, for: leaf) { return .selfSigned }
        // Would the presented chain hold if its own last certificate were an authority? Then only the anchor is missing.
        let top = Self.top(of: certificates)
        if top.isSelfIssued { return .unknownIssuer("\(top.subject)") }
        if top == leaf || top.isAuthority {
            let missing = "\(top.issuer)"
            // An address to fetch the issuer from is what public authorities write into certificates of chains they know.
            let pointsToIssuer = (try? top.extensions.authorityInformationAccess)?.contains { $0.method == .issuingCA } ?? false
            return pointsToIssuer ? .chainIncomplete(missing: missing) : .unknownIssuer(missing)
        }
        return timeFault(certificates, chain, now: now) ?? .unsuitableCertificate("chain not valid")
    }

    /// The last certificate reached by following issuers through what was presented.
    private static func top(of certificates: [Certificate]) -> Certificate {
        var current = certificates[0]
        for _ in certificates {
            guard !current.isSelfIssued, let next = certificates.first(where: { $0.subject == current.issuer && $0 != current }) else {
                break
            }
            current = next
        }
        return current
    }

    /// A name the certificate itself claims: the name is then no reason to fail, and the extension that carries it is understood.
    private static func ownName(of leaf: CertificateSummary) -> String? { leaf.names.first?.replacing("*", with: "x") }

    /// - Parameter time: nil leaves the dates out, those of authorities too.
    private func isValid(_ certificates: [Certificate], roots: CertificateStore, at time: Date?, for name: String?) async -> Bool {
        let others = CertificateStore(certificates.dropFirst())
        let isAddress = name.flatMap { IPAddress($0) } != nil
        let form = time.map { RFC5280Policy(fixedExpiryValidationTime: $0) } ?? RFC5280Policy.withValidityCheckDisabled()
        var verifier = Verifier(rootCertificates: roots) {
            form
            if let name { ServerIdentityPolicy(serverHostname: isAddress ? nil : name, serverIP: isAddress ? name : nil) }
        }
        if case .validCertificate = await verifier.validate(leaf: certificates[0], intermediates: others) { return true }
        return false
    }
}

extension Certificate {
    fileprivate var isSelfIssued: Bool { subject == issuer }
    fileprivate var isAuthority: Bool {
        guard case .isCertificateAuthority = try? extensions.basicConstraints else { return false }
        return true
    }
}

extension CertificateSummary {
    /// Of certificates in DER, but for those that can't be read.
    static func summaries(of encoded: [[UInt8]]) -> [CertificateSummary] {
        encoded.compactMap { der in (try? Certificate(derEncoded: der)).map { CertificateSummary($0, der: der) } }
    }

    fileprivate static func hex(_ digest: some Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    fileprivate init(_ certificate: Certificate, der: [UInt8]) {
        let names = (try? certificate.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames()
        self.init(
            subject: "\(certificate.subject)", issuer: "\(certificate.issuer)",
            notBefore: Int(certificate.notValidBefore.timeIntervalSince1970),
            notAfter: Int(certificate.notValidAfter.timeIntervalSince1970),
            names: names.compactMap { name in
                switch name {
                case .dnsName(let name): name
                case .ipAddress(let octets): Self.text(ofAddress: Array(octets.bytes))
                default: nil
                }
            },
            sha256: Self.hex(SHA256.hash(data: der)))
    }

    private static func text(ofAddress octets: [UInt8]) -> String? {
        guard octets.count == 4 || octets.count == 16 else { return nil }
        return IPAddress(bits: octets.reduce(0) { $0 << 8 | UInt128($1) }, isIPv4: octets.count == 4).description
    }
}
