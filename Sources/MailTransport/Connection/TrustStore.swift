import Foundation
import Synchronization
import X509

/// The authorities whose certificates count: the system's and the files an administrator adds.
///
/// The list of files is asked for at each handshake and each file is read again when it has changed, so that adding an authority
/// needs no restart. A file that cannot be read adds nothing and is reported by ``problems()``.
public final class TrustStore: Sendable {
    private struct CachedFile {
        var modified: timespec
        var size: off_t
        var certificates: [Certificate]
    }

    private let extraFiles: @Sendable () -> [String]
    private let usesSystemRoots: Bool
    private let cache = Mutex([String: CachedFile]())
    let verified = VerifiedChains()

    /// - Parameters:
    ///   - extraFiles: paths of PEM files with more authorities.
    ///   - usesSystemRoots: false trusts those files alone.
    public init(usesSystemRoots: Bool = true, extraFiles: @escaping @Sendable () -> [String] = { [] }) {
        self.extraFiles = extraFiles
        self.usesSystemRoots = usesSystemRoots
    }

    /// Trusts the system and a fixed list of files.
    public convenience init(files: [String]) { self.init { files } }

    private var added: [Certificate] { extraFiles().flatMap { (try? certificates(in: $0)) ?? [] } }

    /// What is trusted now.
    func roots() -> CertificateStore {
        usesSystemRoots ? CertificateStore.systemTrustRoots.appending(contentsOf: added) : CertificateStore(added)
    }

    /// What of that concerns a chain of these certificates (in DER), as far as their names are written as the authorities write theirs.
    func roots(concerning presented: [[UInt8]]) -> CertificateStore {
        let system = usesSystemRoots ? SystemAuthorities.shared.certificates(concerning: presented) : []
        return CertificateStore(system + added)
    }

    /// The extra files that give no certificate, each with the reason.
    public func problems() -> [(path: String, reason: String)] {
        extraFiles().compactMap { path in
            do {
                return try certificates(in: path).isEmpty ? (path, "no certificate in it") : nil
            } catch {
                return (path, "\(error)")
            }
        }
    }

    private func certificates(in path: String) throws -> [Certificate] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .ENOENT) }
        let known = cache.withLock { $0[path] }
        if let known, known.size == status.st_size, known.modified.tv_sec == status.st_mtim.tv_sec,
            known.modified.tv_nsec == status.st_mtim.tv_nsec
        {
            return known.certificates
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let certificates = try Self.blocks(in: text).map { try Certificate(pemEncoded: $0) }
        cache.withLock { $0[path] = CachedFile(modified: status.st_mtim, size: status.st_size, certificates: certificates) }
        return certificates
    }

    /// Each `BEGIN CERTIFICATE` block; bundles carry comments between them.
    private static func blocks(in text: String) -> [String] {
        text.components(separatedBy: "-----BEGIN CERTIFICATE-----").dropFirst().compactMap { part in
            part.range(of: "-----END CERTIFICATE-----").map { "-----BEGIN CERTIFICATE-----" + part[..<$0.upperBound] + "\n" }
        }
    }
}
