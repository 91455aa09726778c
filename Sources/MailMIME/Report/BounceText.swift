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

    /// The recipients that a text of a mail system names, each with the lines that follow it.
    static func recipients(in text: String) -> [DeliveryReport.Recipient] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(400)
        var found: [(address: String, start: Int)] = []
        for (number, line) in lines.enumerated() {
            if endOfReport.contains(where: { line.lowercased().contains($0) }) { break }
            if let address = leadingAddress(line), !found.contains(where: { $0.address == address }) { found.append((address, number)) }
            if found.count == 50 { break }
        }
        return found.enumerated().map { number, item in
            let end = number + 1 < found.count ? found[number + 1].start : min(lines.count, item.start + 15)
            return recipient(item.address, text: lines[item.start..<end].joined(separator: "\n"))
        }
    }

    private static let endOfReport = [
        "copy of the message", "original message", "message header", "headers follow", "returned message", "transcript of session",
        "begin message", "исходное сообщение",
    ]

    /// `<a@b>:` of qmail, `    a@b` of exim, `a@b` alone on a line.
    private static func leadingAddress(_ line: Substring) -> String? {
        let text = line.trimmingSpaces
        guard text.contains("@"), let first = text.split(separator: " ").first else { return nil }
        let word = first.filter { $0 != "<" && $0 != ">" && $0 != "\"" && $0 != ":" && $0 != "," && $0 != ";" && $0 != "'" }
        guard word.contains("@"), !word.hasPrefix("@"), !word.hasSuffix("@"), word.contains(".") else { return nil }
        let isMarked = first.hasPrefix("<") || text.hasSuffix(":") || text.split(separator: " ").count == 1 || first.hasSuffix(":")
        return isMarked ? String(word) : nil
    }

    private static func diagnostic(in text: String) -> String? {
        let lines = text.split(separator: "\n").map(\.trimmingSpaces).filter { !$0.isEmpty }
        let line = lines.first { replyCode(in: $0) != nil || status(in: $0) != nil } ?? lines.dropFirst().first
        return line.map { String($0.prefix(500)) }
    }
}
