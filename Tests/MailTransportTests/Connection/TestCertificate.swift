import Foundation
import NIOSSL

/// A key and a certificate for 127.0.0.1 that is its own authority, made by openssl in a folder that goes with this object.
final class TestCertificate: Sendable {
    /// One that tests share which don't mind its kind.
    static let shared = Result { try TestCertificate() }

    let folder: URL
    var certificate: String { folder.appending(path: "cert.pem").path }
    var key: String { folder.appending(path: "key.pem").path }

    struct Failure: Error {}

    /// - Parameters:
    ///   - key: openssl's words for the kind of key.
    ///   - digest: the hash under the certificate's signature.
    init(key kind: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], digest: String = "sha256") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "postroom-certificate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/openssl")
        openssl.arguments =
            ["req", "-x509", "-newkey"] + kind + [
                "-\(digest)", "-nodes", "-days", "2", "-subj", "/CN=postroom test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                key,
                "-out", certificate,
            ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw Failure() }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// What a server needs to speak TLS with it.
    func serverContext(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        change(&configuration)
        return try NIOSSLContext(configuration: configuration)
    }
}
