import Foundation
import X509

/// The system's certificate authorities, of which a handshake needs one or two.
///
/// To read all of them takes many times as long as the rest of a handshake, and a thousand times the memory of what is needed. Only their
/// bytes are kept; those are read whose name a presented certificate gives as its issuer's.
struct SystemAuthorities: Sendable {
    /// Where distributions keep the bundle: Debian, Arch and Alpine; Fedora. The first that is there counts.
    static let shared = SystemAuthorities(files: ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"])

    private struct Entry {
        var certificate: Range<Int>
        var subject: Range<Int>
    }

    /// All certificates in DER, one behind the other.
    private let bytes: [UInt8]
    private let entries: [Entry]

    var count: Int { entries.count }

    init(files: [String]) {
        for file in files {
            guard let data = FileManager.default.contents(atPath: file) else { continue }
            self.init(pem: data)
            return
        }
        self.init(pem: [UInt8]())
    }

    /// A bundle: base64 between lines of dashes (RFC 7468), whatever stands between them.
    init(pem: some ContiguousBytes) {
        let (bytes, certificates) = pem.withUnsafeBytes { Self.certificates(in: $0) }
        self.bytes = bytes
        entries = certificates.compactMap { range in
            CertificateNames(bytes[range]).map { Entry(certificate: range, subject: $0.subject) }
        }
    }

    /// All of a bundle in DER, and where each stands in it.
    private static func certificates(in pem: UnsafeRawBufferPointer) -> (bytes: [UInt8], ranges: [Range<Int>]) {
        var ranges: [Range<Int>] = []
        let bytes = [UInt8](unsafeUninitializedCapacity: pem.count / 4 * 3 + 3) { buffer, count in
            var start: Int?
            var at = 0
            while at < pem.count {
                let rest = UnsafeRawBufferPointer(rebasing: pem[at...])
                let line = UnsafeRawBufferPointer(rebasing: rest[..<(rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count)])
                at += line.count + 1
                if line.first == UInt8(ascii: "-") {
                    if let start { ranges.append(start..<count) }
                    start = line.starts(with: "-----BEGIN CERTIFICATE-----".utf8) ? count : nil
                } else if start != nil {
                    count += decode(line, into: UnsafeMutableBufferPointer(rebasing: buffer[count...]))
                }
            }
        }
        return (bytes, ranges)
    }

    /// What each character stands for; 64 and above for those that stand for nothing.
    private static let sextets: [UInt8] = (0...UInt8.max).map { character in
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: 64
        }
    }

    /// A line of base64 stands for whole octets: each but a certificate's last has 64 characters. Returns their number.
    private static func decode(_ line: UnsafeRawBufferPointer, into bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
        sextets.withUnsafeBufferPointer { sextets in
            var bits: UInt32 = 0
            var held = 0
            var count = 0
            for character in line {
                let value = sextets[Int(character)]
                guard value < 64 else { continue }
                bits = bits << 6 | UInt32(value)
                held += 6
                guard held >= 8 else { continue }
                held -= 8
                bytes[count] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
                count += 1
            }
            return count
        }
    }

    /// The authorities that may have issued one of these certificates (in DER), or that are one of them.
    func certificates(concerning presented: [[UInt8]]) -> [Certificate] {
        let issuers = presented.compactMap { der in CertificateNames(der[...]).map { der[$0.issuer] } }
        return entries.filter { entry in
            issuers.contains { $0.elementsEqual(bytes[entry.subject]) } || presented.contains { $0.elementsEqual(bytes[entry.certificate]) }
        }.compactMap { try? Certificate(derEncoded: Array(bytes[$0.certificate])) }
    }
}

/// Where a certificate's two names stand in its DER (RFC 5280, section 4.1): enough to see whether it matters before all of it is read.
struct CertificateNames {
    private(set) var issuer: Range<Int>
    private(set) var subject: Range<Int>

    init?(_ der: ArraySlice<UInt8>) {
        var elements = DERElements(der)
        guard let certificate = elements.next(), var fields = certificate.elements(in: der),
            let toBeSigned = fields.next(), var parts = toBeSigned.elements(in: der), var first = parts.next()
        else { return nil }
        // The version, which a certificate of version 1 does not name.
        if first.tag == 0xA0 {
            guard let serial = parts.next() else { return nil }
            first = serial
        }
        guard first.tag == 0x02, parts.next() != nil, let issuer = parts.next(), parts.next() != nil, let subject = parts.next(),
            issuer.tag == DERElements.sequence, subject.tag == DERElements.sequence
        else { return nil }
        self.issuer = issuer.whole
        self.subject = subject.whole
    }
}

/// The elements of a stretch of DER (X.690, section 8.1), one behind the other, without a look into them.
private struct DERElements {
    static let sequence: UInt8 = 0x30

    struct Element {
        var tag: UInt8
        var whole: Range<Int>
        var content: Range<Int>

        func elements(in bytes: ArraySlice<UInt8>) -> DERElements? { tag == sequence ? DERElements(bytes[content]) : nil }
    }

    private let bytes: ArraySlice<UInt8>
    private var at: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
    }

    mutating func next() -> Element? {
        guard bytes.endIndex - at >= 2 else { return nil }
        let start = at
        let tag = bytes[at]
        var length = Int(bytes[at + 1])
        var content = at + 2
        if length >= 0x80 {
            let count = length & 0x7F
            guard count > 0, count <= 4, bytes.endIndex - content >= count else { return nil }
            length = bytes[content..<content + count].reduce(0) { $0 << 8 | Int($1) }
            content += count
        }
        guard length <= bytes.endIndex - content else { return nil }
        at = content + length
        return Element(tag: tag, whole: start..<at, content: content..<at)
    }
}
