/// Reads failures out of text written for people.
enum BounceText {
    /// The first enhanced status (RFC 3463) in a text: `5.1.1`.
    static func status(in text: String) -> String? {
        text.withBytes { bytes in
            var at = 0
            while at + 4 < bytes.count {
                defer { at += 1 }
                guard bytes[at] == 50 || bytes[at] == 52 || bytes[at] == 53, bytes[at + 1] == 46,
                    at == 0 || !(bytes[at - 1].isDigit || bytes[at - 1] == 46)
                else {
                    continue
                }
                var end = at + 2
                var dots = 1
                while end < bytes.count,
                    bytes[end].isDigit || (bytes[end] == 46 && dots < 2 && end + 1 < bytes.count && bytes[end + 1].isDigit)
                {
                    if bytes[end] == 46 { dots += 1 }
                    end += 1
                }
                // An IP address has a third dot.
                let isAddress = end + 1 < bytes.count && bytes[end] == 46 && bytes[end + 1].isDigit
                if dots == 2, end - at <= 9, !isAddress { return bytes.sub(at, end).string }
            }
            return nil
        }
    }

    /// The first SMTP reply code, 4xx or 5xx, that stands alone.
    static func replyCode(in text: String) -> Int? {
        text.withBytes { bytes in
            var at = 0
            while at + 2 < bytes.count {
                defer { at += 1 }
                guard bytes[at] == 52 || bytes[at] == 53, bytes[at + 1].isDigit, bytes[at + 1] <= 53, bytes[at + 2].isDigit else {
                    continue
                }
                let (before, after) = (at == 0 ? 32 : bytes[at - 1], at + 3 < bytes.count ? bytes[at + 3] : 32)
                guard !before.isDigit, before != 46, !before.isLetter, !after.isDigit, after != 46, !after.isLetter else { continue }
                return Int(bytes[at] - 48) * 100 + Int(bytes[at + 1] - 48) * 10 + Int(bytes[at + 2] - 48)
            }
            return nil
        }
    }

    static func recipient(_ address: String, text: String) -> DeliveryReport.Recipient {
        let (status, code) = (status(in: text), replyCode(in: text))
        return DeliveryReport.Recipient(
            address: address, originalAddress: nil, action: .failed, status: status, replyCode: code,
            reason: BounceReason.reason(status: status, replyCode: code, text: text), diagnostic: diagnostic(in: text), remoteServer: nil,
            isHard: BounceReason.isHard(status: status, replyCode: code, action: .failed))
    }

    /// Where the fields of a delivery status begin in a text; nil where there are none.
    static func fieldsStart(in text: String) -> String.Index? {
        for name in ["\nFinal-Recipient:", "\nOriginal-Recipient:"] {
            if let range = text.firstRange(of: name) { return text.index(after: range.lowerBound) }
        }
        return nil
    }

    /// The recipients that a text of a mail system names, each with the lines that follow it.
    ///
    /// - Parameters:
    ///   - sender: who the report is for: named often, and never what failed.
    ///   - isFailure: the subject tells of a failure: then an address in a sentence is enough.
    static func recipients(in text: String, sender: String?, isFailure: Bool) -> [DeliveryReport.Recipient] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(400)
        let end = lines.firstIndex { line in endOfReport.contains { line.lowercased().contains($0) } } ?? lines.endIndex
        var found: [(address: String, start: Int)] = []
        for (number, line) in lines[..<end].enumerated() where found.count < 50 {
            guard let address = leadingAddress(line), address != sender, !found.contains(where: { $0.address == address }) else { continue }
            found.append((address, number))
        }
        // None stands apart: one named in a sentence, or the one that the returned header is addressed to.
        if found.isEmpty {
            guard isFailure else { return [] }
            let told = lines[..<end].lazy.filter { !isField($0) }.flatMap { addresses(in: $0) }.first { $0 != sender }
            let returned = lines[end...].first { $0.trimmingSpaces.lowercased().hasPrefix("to:") }.flatMap { addresses(in: $0).first }
            guard let address = told ?? returned else { return [] }
            return [recipient(address, text: lines[..<min(end, 40)].joined(separator: "\n"))]
        }
        return found.enumerated().map { number, item in
            let end = number + 1 < found.count ? found[number + 1].start : min(lines.count, item.start + 15)
            return recipient(item.address, text: lines[item.start..<end].joined(separator: "\n"))
        }
    }

    private static let endOfReport = [
        "copy of the message", "original message follows", "original message:", "message header", "headers follow",
        "returned message follows", "unsent message",
        "begin message", "message text follows", "исходное сообщение", "copy of your message",
    ]

    /// `To: ...` and the like: a header that a report shows.
    private static func isField(_ line: Substring) -> Bool {
        let lower = line.trimmingSpaces.lowercased()
        return ["to:", "from:", "cc:", "message-id:", "reply-to:", "sender:", "received:", "return-path:", "delivered-to:"].contains {
            lower.hasPrefix($0)
        }
    }

    /// `<a@b>:` of qmail, `    a@b` of exim, `a@b` alone on a line, `>>> a@b <a@b>`.
    private static func leadingAddress(_ line: Substring) -> String? {
        let text = line.trimmingSpaces
        guard text.contains("@"), !isField(line), let address = addresses(in: line).first else { return nil }
        let words = text.split(separator: " ")
        guard let first = words.first(where: { !$0.allSatisfy { $0 == ">" || $0 == "*" || $0 == "-" } }), first.contains(address) else {
            return nil
        }
        let isMarked = first.hasPrefix("<") || text.hasSuffix(":") || words.count == 1 || first.hasSuffix(":") || text.hasPrefix(">>>")
        return isMarked ? address : nil
    }

    /// The addresses in a line.
    private static func addresses(in line: Substring) -> [String] {
        String(line).withBytes { bytes in
            func isPart(_ byte: UInt8, local: Bool) -> Bool {
                byte.isLetter || byte.isDigit || byte == 45 || byte == 46 || (local && "!#$%&'*+/=?^_`{|}~".utf8.contains(byte))
            }
            var found: [String] = []
            var at = 0
            while let sign = bytes.find(64, from: at, to: bytes.count), found.count < 5 {
                at = sign + 1
                var (start, end) = (sign, sign + 1)
                while start > 0, isPart(bytes[start - 1], local: true) { start -= 1 }
                while end < bytes.count, isPart(bytes[end], local: false) { end += 1 }
                while end > sign, bytes[end - 1] == 46 { end -= 1 }
                guard start < sign, bytes.sub(sign, end).contains(46) else { continue }
                found.append(bytes.sub(start, end).string)
                at = end
            }
            return found
        }
    }

    private static func diagnostic(in text: String) -> String? {
        let lines = text.split(separator: "\n").map(\.trimmingSpaces).filter { !$0.isEmpty }
        let line = lines.first { replyCode(in: $0) != nil || status(in: $0) != nil } ?? lines.dropFirst().first
        return line.map { String($0.prefix(500)) }
    }
}
