/// Who a reply goes to.
public struct ReplyRecipients: Sendable, Hashable {
    public var to: [MailAddress]
    public var cc: [MailAddress]
}

extension MessageBuilder {
    /// Takes over what makes a reply part of its thread: In-Reply-To, References (RFC 5322 section 3.6.4) and the subject.
    public mutating func setReply(to message: MIMEMessage) {
        setThreading(after: message)
        subject = Self.prefixed("Re: ", message.subject ?? "", skipping: ["re:", "aw:", "sv:", "antw:", "отв:", "ha:", "回复:", "回覆:"])
    }

    /// Takes over the subject of a message that is forwarded; it stays in the thread.
    public mutating func setForward(of message: MIMEMessage) {
        setThreading(after: message)
        inReplyTo = []
        subject = Self.prefixed("Fwd: ", message.subject ?? "", skipping: ["fwd:", "fw:", "wg:", "tr:", "vs:", "пересл:"])
    }

    private mutating func setThreading(after message: MIMEMessage) {
        guard let parent = message.messageID else { return }
        inReplyTo = [parent]
        var chain = message.references
        // Some programs write only In-Reply-To; with one id in it, that is the parent's parent.
        if chain.isEmpty, message.inReplyTo.count == 1 { chain = message.inReplyTo }
        chain.removeAll { $0 == parent }
        references = chain + [parent]
    }

    private static func prefixed(_ prefix: String, _ subject: String, skipping known: [String]) -> String {
        let lower = subject.lowercased()
        return known.contains { lower.hasPrefix($0) } ? subject : prefix + subject
    }
}

extension MIMEMessage {
    /// Who a reply goes to.
    ///
    /// - Parameters:
    ///   - toAll: also those the message was sent to.
    ///   - own: addresses of the one who replies: left out, unless nobody else remains.
    public func replyRecipients(toAll: Bool, own: [String]) -> ReplyRecipients {
        let isOwn = { (address: MailAddress) in own.contains { $0.lowercased() == address.address.lowercased() } }
        var to = replyTo.isEmpty ? (from.isEmpty ? sender : from) : replyTo
        // A reply to one's own message goes on to the people it was for.
        if !to.isEmpty, to.allSatisfy(isOwn) { to = self.to }
        var seen = Set(to.map { $0.address.lowercased() })
        var cc: [MailAddress] = []
        if toAll {
            for address in self.to + self.cc where !isOwn(address) && seen.insert(address.address.lowercased()).inserted {
                cc.append(address)
            }
        }
        return ReplyRecipients(to: to, cc: cc)
    }
}
