/// One hop of a message's way: a Received field (RFC 5321 section 4.4).
public struct Received: Sendable, Hashable {
    /// The name that the sending host gave, and what stands after it in parentheses.
    public var from: String?
    /// The host that wrote the field.
    public var by: String?
    /// The protocol, such as `ESMTPS`.
    public var with: String?
    public var id: String?
    /// The recipient, without angle brackets.
    public var recipient: String?
    public var date: MailDate?
}

extension MIMEMessage {
    /// The way of the message, the last hop first.
    public var received: [Received] { headers.all("Received").map(\.asReceived) }
}

extension HeaderField {
    /// The clauses of a Received field.
    public var asReceived: Received {
        withValue { value in
            var received = Received()
            // The date follows the last ";" that is in no comment.
            var end = value.count
            if let semicolon = value.lastIndex(of: 59) {
                received.date = DateParser.parse(value.sub(semicolon + 1, value.count))
                end = semicolon
            }
            var clause = ""
            var words: [String] = []
            func finish() {
                let text = words.joined(separator: " ")
                guard !text.isEmpty else { return }
                switch clause {
                case "from": received.from = received.from ?? text
                case "by": received.by = received.by ?? words[0]
                case "with": received.with = received.with ?? words[0]
                case "id": received.id = received.id ?? words[0].filter { $0 != "<" && $0 != ">" }
                case "for": received.recipient = received.recipient ?? words[0].filter { $0 != "<" && $0 != ">" }
                default: break
                }
            }
            let bytes = value.sub(0, end)
            var at = 0
            while at < bytes.count {
                if bytes[at].isSpace {
                    at += 1
                    continue
                }
                let start = at
                if bytes[at] == 40 {
                    at = StructuredText.skipComment(bytes, from: at)
                    if clause == "from", !words.isEmpty { words.append(bytes.sub(start, at).string) }
                    continue
                }
                while at < bytes.count, !bytes[at].isSpace, bytes[at] != 40 { at += 1 }
                let word = bytes.sub(start, at)
                let name = word.lowercasedASCII
                if ["from", "by", "with", "id", "for", "via"].contains(name), !(words.isEmpty && !clause.isEmpty) {
                    finish()
                    (clause, words) = (name, [])
                } else {
                    words.append(word.string)
                }
            }
            finish()
            return received
        }
    }
}
