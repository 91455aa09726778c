extension MailAddress {
    /// The address in ASCII, for servers without SMTPUTF8: an internationalised domain as its `xn--` form (RFC 5890).
    ///
    /// Nil where the part before "@" has other characters than ASCII: such an address needs SMTPUTF8 (RFC 6531).
    public var asciiAddress: String? {
        if address.utf8.allSatisfy({ $0 < 0x80 }) { return address }
        guard let at = address.lastIndex(of: "@"), address[..<at].utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        guard let domain = InternationalDomain.ascii(String(address[address.index(after: at)...])) else { return nil }
        return address[...at] + domain
    }
}

/// Domain names outside ASCII.
enum InternationalDomain {
    /// The domain with each label that needs it in Punycode; nil where a label would be too long.
    static func ascii(_ domain: String) -> String? {
        var labels: [String] = []
        for label in domain.lowercased().split(whereSeparator: { "." == $0 || "。" == $0 || "．" == $0 }) {
            if label.utf8.allSatisfy({ $0 < 0x80 }) {
                labels.append(String(label))
            } else {
                guard let code = punycode(Array(label.unicodeScalars.map(\.value))), code.utf8.count <= 59 else { return nil }
                labels.append("xn--" + code)
            }
        }
        return labels.joined(separator: ".")
    }

    /// RFC 3492 section 6.3.
    private static func punycode(_ input: [UInt32]) -> String? {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        var output = String(String.UnicodeScalarView(input.filter { $0 < 0x80 }.compactMap(Unicode.Scalar.init)))
        var handled = output.utf8.count
        let basic = handled
        if basic > 0 { output += "-" }
        var (code, delta, bias): (UInt32, UInt32, UInt32) = (128, 0, 72)
        guard input.count < 64 else { return nil }
        while handled < input.count {
            guard let next = input.filter({ $0 >= code }).min() else { return nil }
            delta += (next - code) * UInt32(handled + 1)
            code = next
            for scalar in input {
                if scalar < code { delta += 1 }
                guard scalar == code else { continue }
                var rest = delta
                var base: UInt32 = 36
                while true {
                    let threshold = base <= bias ? 1 : min(26, base - bias)
                    if rest < threshold { break }
                    output.append(letters[Int(threshold + (rest - threshold) % (36 - threshold))])
                    rest = (rest - threshold) / (36 - threshold)
                    base += 36
                }
                output.append(letters[Int(rest)])
                bias = adapted(delta, UInt32(handled + 1), isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return output
    }

    private static func adapted(_ delta: UInt32, _ count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var base: UInt32 = 0
        while delta > 455 {
            delta /= 35
            base += 36
        }
        return base + 36 * delta / (delta + 38)
    }
}
