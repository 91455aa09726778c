extension IMAP.Envelope {
    /// The header that it was made of, as far as it tells (RFC 9051, section 7.5.2): without References, for one. Servers keep envelopes at
    /// hand and would have to open each message for its header; what reads headers reads this.
    ///
    /// Nil where there is no Message-ID, by which a message and its conversation are known.
    public var header: [UInt8]? {
        guard let id = messageID, !id.bytes.isEmpty else { return nil }
        var header: [UInt8] = []
        func add(_ name: String, _ value: some Sequence<UInt8>) {
            header += name.utf8
            header += ": ".utf8
            // A value is one line, whatever it was.
            for byte in value { header.append(byte < 32 ? 32 : byte) }
            header += "\r\n".utf8
        }
        add("Message-ID", id.bytes)
        for (name, text) in [("Date", date), ("Subject", subject), ("In-Reply-To", inReplyTo)] {
            if let text { add(name, text.bytes) }
        }
        for (name, addresses) in [
            ("From", from), ("Sender", sender), ("Reply-To", replyTo), ("To", to), ("Cc", cc),
            ("Bcc", bcc),
        ] {
            let list = addresses.compactMap(Self.text(of:)).joined(separator: ", ".utf8)
            if !addresses.isEmpty { add(name, list) }
        }
        return header + "\r\n".utf8
    }

    /// `"Name" <mailbox@host>`; nil for the marks of a group's beginning and end.
    private static func text(of address: Address) -> [UInt8]? {
        guard let mailbox = address.mailbox, let host = address.host else { return nil }
        let isPlain = mailbox.bytes.allSatisfy { $0 > 32 && !"\"(),:;<>@[\\]".utf8.contains($0) }
        var text: [UInt8] = []
        if let name = address.name, !name.bytes.isEmpty {
            // An encoded word (RFC 2047) is none between quotes.
            text += name.string.contains("=?") ? Array(name.bytes) : quoted(name.bytes)
            text += " ".utf8
        }
        text += "<".utf8
        text += isPlain ? Array(mailbox.bytes) : quoted(mailbox.bytes)
        text += "@".utf8
        text += host.bytes
        text += ">".utf8
        return text
    }

    private static func quoted(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        let escape = UInt8(ascii: "\\")
        return [quote] + bytes.flatMap { $0 == quote || $0 == escape ? [escape, $0] : [$0] } + [quote]
    }
}
