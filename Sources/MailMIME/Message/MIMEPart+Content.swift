extension MIMEPart {
    /// The media type; text/plain where the header names none that can be read, message/rfc822 in a digest.
    public var mediaType: MediaType {
        let fallback = record.isInDigest ? MediaType(type: "message", subtype: "rfc822") : .textPlain
        guard let field = headers.first("Content-Type") else { return fallback }
        return field.withValue { value in
            let name = MediaTypeName(value)
            guard name.type.count > 0 else { return fallback }
            guard name.subtype.count > 0 else {
                return name.type.equalsLowercase("text") ? .textPlain : MediaType(type: "application", subtype: "octet-stream")
            }
            return MediaType(type: name.type.lowercasedASCII, subtype: name.subtype.lowercasedASCII)
        }
    }

    /// The parameters of Content-Type, names in lower case, values decoded (RFC 2231, encoded words).
    public var parameters: [String: String] {
        Dictionary(headers.first("Content-Type")?.parameters ?? [], uniquingKeysWith: { first, _ in first })
    }

    /// The charset parameter as written; nil where there is none.
    public var charset: String? { parameter("charset").flatMap { $0.isEmpty ? nil : $0 } }

    /// One of ``parameters``, by its name in lower case.
    func parameter(_ name: StaticString) -> String? { headers.first("Content-Type")?.parameter(name) }

    /// The disposition in lower case, such as `attachment`; nil where there is none.
    public var disposition: String? {
        headers.first("Content-Disposition")?.withValue { value in
            let start = StructuredText.skipSpaceAndComments(value, from: 0)
            var end = start
            while end < value.count, value[end] != 59, !value[end].isSpace, value[end] != 40 { end += 1 }
            let word = value.sub(start, end)
            // `filename=...` alone is a parameter whose disposition was forgotten.
            return word.count == 0 || word.contains(61) ? nil : word.lowercasedASCII
        }
    }

    /// The parameters of Content-Disposition, names in lower case, values decoded.
    public var dispositionParameters: [String: String] {
        Dictionary(headers.first("Content-Disposition")?.parameters ?? [], uniquingKeysWith: { first, _ in first })
    }

    /// The file name of Content-Disposition or, failing that, Content-Type, decoded, as the sender wrote it.
    ///
    /// It may hold a path or control characters: ``safeFilename`` has neither.
    public var filename: String? {
        if let name = headers.first("Content-Disposition")?.parameter("filename"), !name.isEmpty { return name }
        guard let name = parameter("name"), !name.isEmpty else { return nil }
        return name
    }

    /// The file name fit for a file system: no folders, no control characters, no leading dots, at most 200 characters.
    public var safeFilename: String? {
        guard let filename else { return nil }
        let last = filename.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        var name = String.UnicodeScalarView()
        for scalar in last.unicodeScalars where scalar.value >= 32 && scalar.value != 127 && !Self.isFormatControl(scalar) {
            name.append(scalar)
        }
        while let first = name.first, first == "." || first == " " { name.removeFirst() }
        let result = String(String(name).prefix(200))
        return result.isEmpty ? nil : result
    }

    /// Characters that turn the direction of text, with which `exe.gpj` is shown as `jpg.exe`.
    private static func isFormatControl(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value) || scalar.value == 0x200E
            || scalar.value == 0x200F
    }

    /// The Content-ID without angle brackets.
    public var contentID: String? { headers.first("Content-ID")?.asMessageIDs?.first }

    /// The languages of Content-Language (RFC 3282).
    public var contentLanguage: [String] {
        guard let field = headers.first("Content-Language") else { return [] }
        var depth = 0
        // Comments may stand anywhere between them.
        let tags = String(
            field.asText.map { character -> Character in
                if character == "(" { depth += 1 }
                defer { if character == ")", depth > 0 { depth -= 1 } }
                return depth > 0 ? " " : character
            })
        return tags.split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }).map(String.init)
    }

    /// The Content-Location, decoded, white space taken out (RFC 2557).
    public var contentLocation: String? {
        guard let field = headers.first("Content-Location") else { return nil }
        let location = field.asText.filter { !$0.isWhitespace }
        return location.isEmpty ? nil : location
    }

    /// The transfer encoding.
    public var transferEncoding: TransferEncoding { record.encoding }

    /// The size of the content as transferred, in bytes.
    public var encodedSize: Int { record.bodyRange.count }
}

extension MessageStorage {
    /// The charset of the message's own Content-Type: the best hint for text that names none.
    var rootCharset: String? {
        // Asked for with every field that needs it: a header without end must not be gone through each time.
        var budget = 500
        for record in records.prefix(20) {
            for index in record.fields {
                budget -= 1
                guard budget > 0 else { return nil }
                let field = fields[index]
                guard field.nameEnd - field.nameStart == 12 else { continue }
                let charset = sources[Int(record.source)].withUnsafeBufferPointer { bytes -> [UInt8]? in
                    guard bytes.sub(Int(field.nameStart), Int(field.nameEnd)).equalsLowercase("content-type") else { return nil }
                    let value = bytes.sub(Int(field.valueStart), Int(field.valueEnd))
                    return ParameterParser.value(of: "charset", in: value.sub(value.firstIndex(of: 59) ?? value.count, value.count))
                }
                if let charset, !charset.isEmpty { return String(decoding: charset, as: UTF8.self) }
            }
        }
        return nil
    }
}
