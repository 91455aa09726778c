extension MIMEMessage {
    /// The delivery report that this message is; nil where it is none.
    ///
    /// Reads message/delivery-status (RFC 3464) and, where a server writes only text, what qmail and its like write.
    public var deliveryReport: DeliveryReport? {
        guard let root = parts.first else { return nil }
        var report = DeliveryReport(recipients: [], originalMessageID: originalMessageID, reportingServer: nil)
        var reader = DeliveryStatusReader()
        for part in parts where part.depth <= 3 && !reader.isSpent && !isReturned(part) {
            let type = part.mediaType
            guard type.type == "message", type.subtype == "delivery-status" || type.subtype == "global-delivery-status" else { continue }
            reader.read(decodedBody(of: part)[...], into: &report)
        }
        if report.recipients.isEmpty, let failed = headers.first("X-Failed-Recipients") {
            let text = bodyText
            for address in failed.asMailboxes { report.recipients.append(BounceText.recipient(address.address, text: text)) }
        }
        if report.recipients.isEmpty, looksLikeBounce(root) {
            let text = bodyText
            // Fields of a delivery status that stand in plain text.
            if let start = BounceText.fieldsStart(in: text) { reader.read(Array(text[start...].utf8)[...], into: &report) }
            if report.recipients.isEmpty {
                report.recipients = BounceText.recipients(in: text, sender: to.first?.address, isFailure: hasFailureSubject)
                // Prose about a message that is still being tried: nothing has failed yet.
                if hasDelaySubject {
                    for index in report.recipients.indices {
                        report.recipients[index].action = .delayed
                        report.recipients[index].isHard = false
                    }
                }
            }
        }
        return report.recipients.isEmpty ? nil : report
    }

    /// True for what lies in the returned message: it may be a report itself.
    private func isReturned(_ part: MIMEPart) -> Bool {
        var at = part.parent
        while let index = at {
            if parts[index].isMessage { return true }
            at = parts[index].parent
        }
        return false
    }

    /// From a mail system, about a failure: only then is text looked at.
    private func looksLikeBounce(_ root: MIMEPart) -> Bool {
        if root.parameter("report-type")?.lowercased() == "delivery-status" { return true }
        guard let first = from.first else { return false }
        let sender = (first.address.isEmpty ? first.name ?? "" : first.address).lowercased()
        let isSystem = Self.systemSenders.contains { sender.hasPrefix($0) }
        let returnPath = headers.first("Return-Path")?.asRaw.trimmingSpaces
        return isSystem || (returnPath == "<>" && hasFailureSubject)
    }

    private var hasFailureSubject: Bool {
        let subject = (subject ?? "").lowercased()
        return [
            "undeliver", "fail", "returned", "delivery status", "non remis", "unzustellbar", "не доставлено", "delayed", "could not",
            "cannot", "error", "problem",
            "warning", "не удалось",
        ].contains { subject.contains($0) }
    }

    private var hasDelaySubject: Bool {
        let subject = (subject ?? "").lowercased()
        return ["delayed", "warning", "still being retried", "задерж"].contains { subject.contains($0) }
    }

    /// How the addresses of mail systems begin.
    static let systemSenders = ["mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "no-reply.mailer"]

    var bodyText: String {
        let text = bodyViews.textBody.first { parts[$0].mediaType.type == "text" }.map { readableText(of: $0, maxBytes: 65_536) } ?? ""
        guard text.isEmpty, let root = parts.first, root.children.isEmpty else { return text }
        return textPrefix(of: 0, maxBytes: 65_536).text
    }

    /// The Message-ID in the returned message or its header.
    var originalMessageID: String? {
        for part in parts.dropFirst() {
            let type = part.mediaType
            if part.isMessage, let embedded = parts.dropFirst(part.index + 1).first, embedded.parent == part.index {
                if let id = embedded.headers.first("Message-ID")?.asMessageIDs?.first { return id }
            } else if type.subtype == "rfc822-headers" || type.subtype == "global-headers" {
                if let id = MIMEMessage.parseHeaders(decodedBody(of: part)).messageID { return id }
            }
        }
        return nil
    }
}

/// Reads message/delivery-status (RFC 3464 section 2): groups of fields, the first about the message, one a recipient after it.
///
/// Anybody may send one, and each is read as it comes in: what is read of a message is bounded, however many parts it has.
struct DeliveryStatusReader {
    private static let maxRecipients = 1000
    /// Groups that are nobody's count too.
    private var groupsLeft = 2 * maxRecipients
    /// A group of a real report has a few hundred octets.
    private var octetsLeft = 512 << 10
    /// Octets of what a server said that are looked at; what people say in a refusal is a line or two.
    private static let longestText = 2_000

    var isSpent: Bool { groupsLeft <= 0 || octetsLeft <= 0 }

    /// Where the empty line after the first group begins.
    private static func groupEnd(_ bytes: ArraySlice<UInt8>) -> Int {
        var at = bytes.startIndex
        while let lineEnd = bytes[at...].firstIndex(of: 10) {
            let next = lineEnd + 1
            guard next < bytes.endIndex else { break }
            if bytes[next].isLineEnd { return next }
            at = next
        }
        return bytes.endIndex
    }

    mutating func read(_ content: ArraySlice<UInt8>, into report: inout DeliveryReport) {
        var rest = content.prefix(octetsLeft)
        octetsLeft -= rest.count
        while report.recipients.count < Self.maxRecipients, groupsLeft > 0 {
            rest = rest.drop { $0.isSpace }
            guard !rest.isEmpty else { return }
            groupsLeft -= 1
            let end = Self.groupEnd(rest)
            let group = MIMEMessage.parseHeaders(Array(rest[..<end]))
            rest = rest[end...]
            let headers = group.headers
            if let server = headers.first("Reporting-MTA") { report.reportingServer = Self.typed(server) }
            guard let final = headers.first("Final-Recipient") ?? headers.first("Original-Recipient") else {
                // A group that is no recipient's; a server that writes everything into one group has the fields above.
                continue
            }
            Self.append(final, headers, to: &report)
        }
    }

    private static func append(_ final: HeaderField, _ headers: HeaderList, to report: inout DeliveryReport) {
        let diagnostic = headers.first("Diagnostic-Code").map {
            String(String.UnicodeScalarView(typed($0).unicodeScalars.prefix(longestText)))
        }
        let action = headers.first("Action").flatMap {
            DeliveryReport.Action(rawValue: $0.asText.lowercased().split(separator: " ").first.map(String.init) ?? "")
        }
        var status = headers.first("Status").flatMap { BounceText.status(in: $0.asText) }
        let said = diagnostic.flatMap { BounceText.status(in: $0) }
        // "5.0.0" says nothing: what the refusing server said tells more.
        if status == nil || status?.hasSuffix(".0.0") == true { status = said ?? status }
        let replyCode = diagnostic.flatMap { BounceText.replyCode(in: $0) }
        report.recipients.append(
            DeliveryReport.Recipient(
                address: address(final), originalAddress: headers.first("Original-Recipient").map { address($0) },
                action: action ?? .failed, status: status, replyCode: replyCode,
                reason: BounceReason.reason(status: status, replyCode: replyCode, text: diagnostic ?? ""), diagnostic: diagnostic,
                remoteServer: headers.first("Remote-MTA").map { typed($0) },
                isHard: BounceReason.isHard(status: status, replyCode: replyCode, action: action ?? .failed)))
    }

    /// The value after `dns;`, `smtp;` or `rfc822;`.
    private static func typed(_ field: HeaderField) -> String {
        let text = field.asText
        guard let semicolon = text.firstIndex(of: ";"), text[..<semicolon].utf8.count < 20, !text[..<semicolon].contains(" ") else {
            return text
        }
        return text[text.index(after: semicolon)...].trimmingSpaces
    }

    private static func address(_ field: HeaderField) -> String {
        typed(field).filter { $0 != "<" && $0 != ">" }.trimmingSpaces
    }
}
