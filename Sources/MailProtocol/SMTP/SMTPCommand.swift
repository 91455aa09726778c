/// One command line; encoding refuses whatever could end the line early.
public enum SMTPCommand: Sendable, Equatable {
    case ehlo(String)
    case helo(String)
    case startTLS
    /// AUTH with an optional initial response (RFC 4954, section 4).
    case auth(SASLMechanism, initialResponse: [UInt8]?)
    /// One SASL answer in base64; nil cancels the exchange with `*`.
    case authResponse([UInt8]?)
    case mail(SMTPEnvelope, SMTPCapabilities)
    case rcpt(SMTPEnvelope.Recipient, SMTPCapabilities)
    case data
    /// BDAT with the length of the chunk that follows (RFC 3030).
    case bdat(length: Int, isLast: Bool)
    case rset, noop, quit

    /// The line with its CRLF.
    public func encoded() throws(SMTPProtocolError) -> [UInt8] {
        switch self {
        case .ehlo(let name): try Self.line("EHLO \(name)")
        case .helo(let name): try Self.line("HELO \(name)")
        case .startTLS: try Self.line("STARTTLS")
        case .auth(let mechanism, let initial):
            // An empty initial response is written "=" so that it differs from none.
            try Self.line("AUTH \(mechanism.rawValue)" + (initial.map { $0.isEmpty ? " =" : " " + Base64.encode($0) } ?? ""))
        case .authResponse(let bytes): try Self.line(bytes.map { Base64.encode($0) } ?? "*")
        case .mail(let envelope, let capabilities): try Self.line(Self.mailLine(envelope, capabilities))
        case .rcpt(let recipient, let capabilities): try Self.line(Self.rcptLine(recipient, capabilities))
        case .data: try Self.line("DATA")
        case .bdat(let length, let isLast): try Self.line("BDAT \(length)\(isLast ? " LAST" : "")")
        case .rset: try Self.line("RSET")
        case .noop: try Self.line("NOOP")
        case .quit: try Self.line("QUIT")
        }
    }

    private static func line(_ text: String) throws(SMTPProtocolError) -> [UInt8] {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .unsafeArgument }
        return Array(text.utf8) + [13, 10]
    }

    private static func mailLine(_ envelope: SMTPEnvelope, _ capabilities: SMTPCapabilities) throws(SMTPProtocolError) -> String {
        var line = "MAIL FROM:<\(try path(envelope.mailFrom))>"
        if let size = envelope.size, capabilities.offers("SIZE") { line += " SIZE=\(size)" }
        if envelope.is8Bit || envelope.usesSMTPUTF8, capabilities.eightBitMIME { line += " BODY=8BITMIME" }
        if envelope.usesSMTPUTF8, capabilities.smtputf8 { line += " SMTPUTF8" }
        if envelope.requireTLS, capabilities.requireTLS { line += " REQUIRETLS" }
        if let deliverBy = envelope.deliverBy, capabilities.shortestDeliverBy != nil {
            line += " BY=\(deliverBy.seconds);\(deliverBy.returnsWhenLate ? "R" : "N")"
        }
        if capabilities.dsn {
            if let value = envelope.dsnReturn { line += " RET=\(value.rawValue)" }
            if let id = envelope.envelopeID { line += " ENVID=\(xtext(id))" }
        }
        return line
    }

    private static func rcptLine(_ recipient: SMTPEnvelope.Recipient, _ capabilities: SMTPCapabilities) throws(SMTPProtocolError) -> String
    {
        var line = "RCPT TO:<\(try path(recipient.address))>"
        guard capabilities.dsn else { return line }
        if let notify = recipient.notify {
            // NEVER stands alone (RFC 3461, section 4.1).
            let words = notify.isEmpty || notify.contains(.never) ? ["NEVER"] : notify.map(\.rawValue).sorted()
            line += " NOTIFY=\(words.joined(separator: ","))"
        }
        if let original = recipient.originalRecipient {
            line += " ORCPT=\(original.utf8.allSatisfy { $0 < 0x80 } ? "rfc822;" + xtext(original) : "utf-8;" + utf8AddressXtext(original))"
        }
        return line
    }

    /// An address that stays inside its angle brackets: `>` and spaces only within a quoted local part.
    private static func path(_ address: String) throws(SMTPProtocolError) -> String {
        var isQuoted = false
        var isEscaped = false
        for byte in address.utf8 {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: " ") {
                throw .unsafeArgument
            }
        }
        guard !isQuoted, !isEscaped else { throw .unsafeArgument }
        return address
    }

    /// xtext (RFC 3461, section 4): everything outside 33...126, `+` and `=` as `+HH`.
    static func xtext(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            if (33...126).contains(byte), byte != UInt8(ascii: "+"), byte != UInt8(ascii: "=") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "+" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    /// utf-8-addr-xtext (RFC 6533, section 3): `\x{HEX}` for what xtext would escape and for what lies beyond ASCII.
    static func utf8AddressXtext(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            if (33...126).contains(scalar.value), scalar != "+", scalar != "=", scalar != "\\" {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\\x{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            }
        }
    }
}
