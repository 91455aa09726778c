/// What the structure needs to know of a part's header: what it contains, its boundary and its encoding.
struct ContentHeader {
    enum Kind { case leaf, multipart, message }

    var kind = Kind.leaf
    var isDigest = false
    var encoding = TransferEncoding.sevenBit
    var boundary: [UInt8]?

    init(bytes: Bytes, fields: ArraySlice<FieldRecord>, isInDigest: Bool) {
        var hasType = false
        var hasEncoding = false
        for field in fields {
            let length = field.nameEnd - field.nameStart
            if length == 12 {
                guard !hasType, bytes.sub(Int(field.nameStart), Int(field.nameEnd)).equalsLowercase("content-type") else { continue }
                hasType = true
                readType(bytes.sub(Int(field.valueStart), Int(field.valueEnd)), isInDigest: isInDigest)
            } else if length == 25 {
                guard !hasEncoding, bytes.sub(Int(field.nameStart), Int(field.nameEnd)).equalsLowercase("content-transfer-encoding") else {
                    continue
                }
                hasEncoding = true
                encoding = TransferEncoding(value: bytes.sub(Int(field.valueStart), Int(field.valueEnd)))
            }
        }
        if !hasType, isInDigest { kind = .message }
    }

    private mutating func readType(_ value: Bytes, isInDigest: Bool) {
        let name = MediaTypeName(value)
        if name.type.equalsLowercase("multipart") {
            kind = .multipart
            isDigest = name.subtype.equalsLowercase("digest")
            boundary = ParameterParser.value(of: "boundary", in: value.sub(name.end, value.count))
        } else if name.type.equalsLowercase("message") {
            kind = Self.holdsMessage(name, parameters: value.sub(name.end, value.count)) ? .message : .leaf
        } else if name.type.count == 0, isInDigest {
            kind = .message
        }
    }
}

extension ContentHeader {
    /// Whether a message/* holds a message that can be read here: the first fragment of a partial one begins with its
    /// header, an external body with the header that describes it.
    private static func holdsMessage(_ name: MediaTypeName, parameters: Bytes) -> Bool {
        let subtype = name.subtype
        if subtype.equalsLowercase("rfc822") || subtype.equalsLowercase("global") || subtype.equalsLowercase("external-body") {
            return true
        }
        return subtype.equalsLowercase("partial") && ParameterParser.value(of: "number", in: parameters) == [UInt8(ascii: "1")]
    }

    /// Content that holds files in a form of its own.
    enum Unpackable {
        case none, tnef, uuencode

        init(bytes: Bytes, fields: ArraySlice<FieldRecord>) {
            self = .uuencode
            for field in fields where field.nameEnd - field.nameStart == 12 {
                guard bytes.sub(Int(field.nameStart), Int(field.nameEnd)).equalsLowercase("content-type") else { continue }
                let value = bytes.sub(Int(field.valueStart), Int(field.valueEnd))
                let name = MediaTypeName(value)
                if name.type.equalsLowercase("application") {
                    let isTNEF = name.subtype.equalsLowercase("ms-tnef") || name.subtype.equalsLowercase("vnd.ms-tnef")
                    let isNamed = ParameterParser.value(of: "name", in: value.sub(name.end, value.count)).map {
                        $0.withUnsafeBufferPointer { $0.equalsLowercase("winmail.dat") }
                    }
                    self = isTNEF || isNamed == true ? .tnef : .none
                } else {
                    self = name.type.equalsLowercase("text") && name.subtype.equalsLowercase("plain") ? .uuencode : .none
                }
                return
            }
        }
    }
}

/// The two halves of a media type at the start of a Content-Type value, as ranges.
struct MediaTypeName {
    var type: Bytes
    var subtype: Bytes
    /// Where the parameters begin.
    var end: Int

    init(_ value: Bytes) {
        var at = StructuredText.skipSpaceAndComments(value, from: 0)
        let typeStart = at
        while at < value.count, Self.isToken(value[at]) { at += 1 }
        type = value.sub(typeStart, at)
        at = StructuredText.skipSpaceAndComments(value, from: at)
        subtype = value.sub(0, 0)
        if at < value.count, value[at] == UInt8(ascii: "/") {
            at = StructuredText.skipSpaceAndComments(value, from: at + 1)
            let start = at
            while at < value.count, Self.isToken(value[at]) || value[at] == UInt8(ascii: "/") { at += 1 }
            subtype = value.sub(start, at)
        }
        end = at
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...32, 127, 40, 41, 44, 47, 59, 58, 60, 61, 62, 63, 64, 91, 92, 93, 34: false
        default: true
        }
    }
}

extension TransferEncoding {
    /// Reads the value of a Content-Transfer-Encoding field; quotes, comments and parameters are passed over.
    init(value: Bytes) {
        let start = StructuredText.skipSpaceAndComments(value, from: 0)
        var end = start
        while end < value.count, value[end] > 32, value[end] != 59, value[end] != 40, value[end] != 44 { end += 1 }
        var name = value.sub(start, end)
        while let first = name.first, first == 34 || first == 39 { name = name.sub(1, name.count) }
        while let last = name.last, last == 34 || last == 39 { name = name.sub(0, name.count - 1) }
        switch name.count {
        case 0: self = .sevenBit
        case _ where name.equalsLowercase("base64"): self = .base64
        case _ where name.equalsLowercase("quoted-printable"): self = .quotedPrintable
        case _ where name.equalsLowercase("7bit"), _ where name.equalsLowercase("7-bit"): self = .sevenBit
        case _ where name.equalsLowercase("8bit"), _ where name.equalsLowercase("8-bit"): self = .eightBit
        case _ where name.equalsLowercase("binary"): self = .binary
        case _ where name.equalsLowercase("x-uuencode"), _ where name.equalsLowercase("uuencode"), _ where name.equalsLowercase("x-uue"),
            _ where name.equalsLowercase("uue"):
            self = .uuencode
        default: self = .unknown
        }
    }
}
