/// Which addresses may stay in a message.
enum AddressFilter {
    enum Picture: Equatable {
        case inline(contentID: String)
        case data(String)
        case remote(String)
    }

    /// http, https, mailto, tel and places in the message itself.
    static func link(_ text: String) -> String? {
        let address = cleaned(text)
        if address.hasPrefix("#") { return address }
        guard let scheme = scheme(of: address) else { return nil }
        return ["http", "https", "mailto", "tel"].contains(scheme) ? address : nil
    }

    static func picture(_ text: String) -> Picture? {
        let address = cleaned(text)
        switch scheme(of: address) {
        case "cid": return .inline(contentID: decoded(address.dropFirst(4)))
        case "http", "https": return .remote(address)
        case "data": return isPictureData(address) ? .data(address) : nil
        case nil where address.hasPrefix("//"): return .remote("https:" + address)
        default: return nil
        }
    }

    /// Bitmaps only: SVG is a document of its own.
    static func isPictureData(_ address: String) -> Bool {
        let head = address.prefix(40).lowercased()
        return ["png", "jpeg", "jpg", "gif", "webp", "bmp", "avif", "x-icon"].contains {
            head.hasPrefix("data:image/\($0);") || head.hasPrefix("data:image/\($0),")
        }
    }

    /// Browsers leave tabs and line ends inside an address out and control characters around it; so do we before looking at it.
    private static func cleaned(_ text: String) -> String {
        let inner = text.unicodeScalars.filter {
            $0.value > 0x1F && $0.value != 0x7F && !(0x80...0x9F).contains($0.value) && $0 != "\u{200B}"
        }
        let trimmed = inner.drop { $0.properties.isWhitespace }
        return String(String.UnicodeScalarView(trimmed.reversed().drop { $0.properties.isWhitespace }.reversed()))
    }

    private static func scheme(of address: String) -> String? {
        guard let colon = address.firstIndex(of: ":") else { return nil }
        let name = address[..<colon]
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }) else { return nil }
        return name.lowercased()
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var units = Array(text.utf8)[...]
        while let unit = units.popFirst() {
            if unit == UInt8(ascii: "%"), units.count >= 2, let value = UInt8(String(decoding: units.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(value)
                units = units.dropFirst(2)
            } else {
                bytes.append(unit)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
