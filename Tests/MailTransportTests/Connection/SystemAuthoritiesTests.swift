import Foundation
import Testing
import X509

@testable import MailTransport

@Suite("The system's authorities", .enabled(if: MailBed.isUp))
struct SystemAuthoritiesTests {
    /// A bundle as distributions write it: remarks between the certificates, Windows line ends in one of them, and one that is cut off.
    private func bundle() throws -> (pem: [UInt8], folder: URL) {
        let folder = URL(filePath: try #require(MailBed.shared).authority).deletingLastPathComponent()
        let authority = try String(contentsOf: folder.appending(path: "ca.pem"), encoding: .utf8)
        let server = try String(contentsOf: folder.appending(path: "server.pem"), encoding: .utf8)
        let cut = String(server.prefix(400)) + "\n-----END CERTIFICATE-----\n"
        return (Array(("# Example\n" + cut + "\n# Ours\n" + authority.replacing("\n", with: "\r\n") + "# End\n" + server).utf8), folder)
    }

    private func der(_ file: URL) throws -> [UInt8] {
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let start = try #require(lines.firstIndex { $0.contains("BEGIN CERTIFICATE") }) + 1
        let end = try #require(lines[start...].firstIndex { $0.contains("END CERTIFICATE") })
        return Array(try #require(Data(base64Encoded: lines[start..<end].joined())))
    }

    @Test("of a bundle those are read that issued what is presented, and what is presented itself")
    func concerning() throws {
        let (pem, folder) = try bundle()
        let authorities = SystemAuthorities(pem: pem)
        let server = try der(folder.appending(path: "server.pem"))
        let authority = try der(folder.appending(path: "ca.pem"))
        #expect(authorities.count == 2)
        #expect(
            authorities.certificates(concerning: [server]) == [try Certificate(derEncoded: authority), try Certificate(derEncoded: server)])
        #expect(authorities.certificates(concerning: [authority]) == [try Certificate(derEncoded: authority)])
        #expect(authorities.certificates(concerning: [[], [0x30], Array(server.prefix(100))]).isEmpty)
        #expect(SystemAuthorities(files: ["/nowhere"]).certificates(concerning: [server]).isEmpty)
    }

    @Test("names stand where RFC 5280 has them, and cut bytes have none")
    func names() throws {
        let (_, folder) = try bundle()
        let server = try der(folder.appending(path: "server.pem"))
        let authority = try der(folder.appending(path: "ca.pem"))
        let names = try #require(CertificateNames(server[...]))
        let issuing = try #require(CertificateNames(authority[...]))
        #expect(server[names.issuer].elementsEqual(authority[issuing.subject]))
        #expect(authority[issuing.issuer].elementsEqual(authority[issuing.subject]))
        #expect(!server[names.subject].elementsEqual(server[names.issuer]))
        for count in 0..<names.subject.upperBound { #expect(CertificateNames(server.prefix(count)) == nil) }
    }

    @Test("each authority of this system is read by its own name")
    func system() throws {
        let bundle = "/etc/ssl/certs/ca-certificates.crt"
        guard let pem = FileManager.default.contents(atPath: bundle) else { return }
        let authorities = SystemAuthorities(pem: Array(pem))
        #expect(authorities.count == String(decoding: pem, as: UTF8.self).components(separatedBy: "BEGIN CERTIFICATE").count - 1)
    }
}
