extension MIMEMessage {
    /// Everything that is wrong with the message, in order of position. Decodes every part to find out.
    public func allDefects() -> [Defect] {
        var defects = storage.structureDefects
        for part in parts where defects.count < storage.limits.maxDefects {
            headerDefects(of: part, into: &defects)
            contentDefects(of: part, into: &defects)
        }
        defects.sort { ($0.part, $0.position) < ($1.part, $1.position) }
        return Array(defects.prefix(storage.limits.maxDefects))
    }

    private static let singleFields: Set<String> = [
        "date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject", "content-type",
        "content-transfer-encoding", "content-disposition", "content-id", "mime-version",
    ]

    private func headerDefects(of part: MIMEPart, into defects: inout [Defect]) {
        var seen: Set<String> = []
        for field in part.headers.fields {
            let name = field.name.lowercased()
            let position = field.rawRange.lowerBound
            if Self.singleFields.contains(name), !seen.insert(name).inserted {
                defects.append(Defect(kind: .repeatedField, position: position, part: part.index))
            }
            let isBroken = field.withValue { !$0.isASCII && !CharsetGuess.isUTF8($0) }
            if isBroken { defects.append(Defect(kind: .undeclared8BitHeader, position: position, part: part.index)) }
            switch name {
            case "date" where field.asDate == nil:
                defects.append(Defect(kind: .invalidDate, position: position, part: part.index))
            case "content-type":
                let isBad = field.withValue { value in
                    let name = MediaTypeName(value)
                    return name.type.count == 0 || name.subtype.count == 0
                }
                if isBad { defects.append(Defect(kind: .invalidContentType, position: position, part: part.index)) }
            case "content-transfer-encoding" where part.transferEncoding == .unknown:
                defects.append(Defect(kind: .unknownTransferEncoding, position: position, part: part.index))
            case "from", "to", "cc", "bcc", "reply-to", "sender":
                if field.asAddresses.contains(where: { !$0.address.utf8.contains(UInt8(ascii: "@")) }) {
                    defects.append(Defect(kind: .invalidAddress, position: position, part: part.index))
                }
            default: break
            }
        }
    }

    private func contentDefects(of part: MIMEPart, into defects: inout [Defect]) {
        guard !part.isMultipart, !part.isMessage else { return }
        let decoded = decode(part.index, range: part.bodyRange)
        if let defect = decoded.defect {
            let kind: Defect.Kind = part.transferEncoding == .base64 ? .invalidBase64 : .invalidQuotedPrintable
            defects.append(Defect(kind: kind, position: part.bodyRange.lowerBound + defect, part: part.index))
        }
        guard part.mediaType.type == "text" else { return }
        if let charset = part.charset, !Charset.isKnown(charset) {
            defects.append(Defect(kind: .unknownCharset, position: part.headerRange.lowerBound, part: part.index))
        } else if part.text(decoded.bytes).isEncodingProblem {
            defects.append(Defect(kind: .invalidCharacters, position: part.bodyRange.lowerBound, part: part.index))
        }
    }
}
