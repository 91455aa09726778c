import MailMIME

/// A message that came in and is a report on another one, before it is known whose.
public struct IncomingReport: Sendable, Hashable {
    public var kind: SubmissionReport.Kind
    /// The Message-ID of the message that it is about.
    public var originalMessageID: String
    /// Its own; empty where it has none.
    public var messageID: String
    public var entries: [Entry]

    /// One recipient by its addresses, the one that the sender used first.
    public struct Entry: Sendable, Hashable {
        public var addresses: [String]
        public var outcome: SubmissionReport.Outcome

        public init(addresses: [String], outcome: SubmissionReport.Outcome) {
            self.addresses = addresses
            self.outcome = outcome
        }
    }

    public init(kind: SubmissionReport.Kind, originalMessageID: String, messageID: String, entries: [Entry]) {
        self.kind = kind
        self.originalMessageID = originalMessageID
        self.messageID = messageID
        self.entries = entries
    }

    /// Message-IDs are compared, never shown: a longer one is nobody's.
    private static let longestMessageID = 998

    /// The report that a message is; nil for nearly all, which cost a look at two header fields.
    init?(_ message: MIMEMessage, _ content: EmailContent) {
        guard message.mayBeReport(from: content.from.first) else { return nil }
        if let receipt = message.readReceipt {
            self.init(kind: .disposition, message, content, entries: [Entry(receipt)].compactMap(\.self))
        } else if let report = message.deliveryReport {
            self.init(kind: .delivery, message, content, entries: report.recipients.map { Entry($0) })
        } else {
            return nil
        }
    }

    private init?(kind: SubmissionReport.Kind, _ message: MIMEMessage, _ content: EmailContent, entries: [Entry]) {
        guard let original = message.reportedMessageID, original.utf8.count <= Self.longestMessageID else { return nil }
        let own = content.messageID ?? ""
        self.init(
            kind: kind, originalMessageID: original, messageID: own.utf8.count <= Self.longestMessageID ? own : "", entries: entries)
    }

    /// How it is kept with a submission to `recipients`.
    public func report(to recipients: [String], blobID: BlobID, receivedAt: Timestamp) -> SubmissionReport {
        let known = RecipientIndex(recipients)
        var outcomes: [SubmissionReport.Outcome] = []
        var counts: [String: Int] = [:]
        var others = 0
        for entry in entries {
            var outcome = entry.outcome
            if let recipient = entry.addresses.lazy.compactMap({ known.recipient($0) }).first {
                // An address that leads to several may be told of as often; the first ones tell enough.
                guard counts[recipient, default: 0] < 2 else { continue }
                counts[recipient, default: 0] += 1
                outcome.address = recipient
                outcome.isRecipient = true
            } else {
                guard others < SubmissionReport.mostOthers, !outcome.address.isEmpty else { continue }
                others += 1
                outcome.isRecipient = false
            }
            outcomes.append(outcome)
        }
        return SubmissionReport(kind: kind, blobID: blobID, messageID: messageID, receivedAt: receivedAt, outcomes: outcomes)
    }
}

extension IncomingReport.Entry {
    fileprivate init(_ recipient: DeliveryReport.Recipient) {
        let action: SubmissionReport.Outcome.Action =
            switch recipient.action {
            case .failed: .failed
            case .delayed: .delayed
            case .delivered: .delivered
            case .relayed: .relayed
            case .expanded: .expanded
            }
        self.init(
            addresses: [recipient.originalAddress, recipient.address].compactMap(\.self),
            outcome: SubmissionReport.Outcome(
                address: recipient.address.cut(to: SubmissionReport.longestAddress), action: action, reason: recipient.reason,
                status: recipient.status ?? "", text: (recipient.diagnostic ?? "").cut(to: SubmissionReport.longestText),
                isHard: recipient.isHard))
    }

    /// RFC 8098 §3.2.6.2: only "displayed" says that somebody may have seen it; nil for the others.
    fileprivate init?(_ receipt: ReadReceipt) {
        guard receipt.disposition == "displayed" else { return nil }
        self.init(
            addresses: [receipt.originalRecipient, receipt.recipient].compactMap(\.self),
            outcome: SubmissionReport.Outcome(
                address: receipt.recipient.cut(to: SubmissionReport.longestAddress), action: .displayed))
    }
}

extension String {
    /// By scalars: one character may have any number of them.
    fileprivate func cut(to length: Int) -> String { String(String.UnicodeScalarView(unicodeScalars.prefix(length))) }
}

/// Finds the recipient of a submission that an address of a report means.
struct RecipientIndex {
    private var exact: [String: String] = [:]
    /// By the address in small letters; nil where two recipients differ in nothing else.
    private var folded: [String: String?] = [:]

    init(_ recipients: [String]) {
        for recipient in recipients {
            let key = Self.key(recipient)
            guard exact[key] == nil else { continue }
            exact[key] = recipient
            folded[key.lowercased()] = .some(folded[key.lowercased()] == nil ? recipient : nil)
        }
    }

    /// RFC 5321 §2.4: domains have no case; servers write what stands before the "@" in another one all the same, which counts where it can
    /// mean one recipient only.
    func recipient(_ address: String) -> String? {
        let key = Self.key(address)
        return exact[key] ?? folded[key.lowercased()] ?? nil
    }

    /// The domain in small letters and, where it is international, in its `xn--` form.
    private static func key(_ address: String) -> String {
        guard let at = address.lastIndex(of: "@") else { return address }
        var domain = address[address.index(after: at)...].lowercased()
        if domain.hasSuffix(".") { domain.removeLast() }
        let ascii = MailAddress(address: "a@" + domain).asciiAddress?.dropFirst(2)
        return address[...at] + (ascii.map(String.init) ?? domain)
    }
}
