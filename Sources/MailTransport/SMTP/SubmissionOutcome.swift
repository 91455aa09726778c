import MailProtocol

/// How one act of sending ended. Exactly one of four, so that nothing is sent twice and nothing is lost silently.
public enum SubmissionOutcome: Sendable, Equatable {
    /// The server has taken responsibility, for those recipients whose verdict says so.
    case accepted(Acceptance)
    /// Never repeat it as it is.
    case refused(Rejection)
    /// Nothing was delivered; the same may succeed later.
    case tryLater(Rejection)
    /// The message was complete on the wire and no answer came: it may or may not be on its way. Never repeat it blindly.
    case unknown(SubmissionFault)

    public struct Acceptance: Sendable, Equatable {
        public var recipients: [RecipientVerdict]
        /// The server's words.
        public var serverText: String
        /// The server's name for the message in its queue, where its words tell it.
        public var queueID: String?
        public var reply: SMTPReply
    }

    public struct Rejection: Sendable, Equatable {
        public var fault: SubmissionFault
        public var phase: SubmissionPhase
        /// The verdicts known by then; empty where the session never came to recipients.
        public var recipients: [RecipientVerdict]
    }
}

/// What stood in the way.
public enum SubmissionFault: Error, Sendable, Equatable {
    case reply(SMTPReply)
    /// The session was never ready.
    case session(SMTPError)
    case transport(TransportError)
    case violation(SMTPProtocolError)
    case obstacle(SubmissionObstacle)
    /// The message could not be read on our side, in the words of the error.
    case source(String)
    /// The journal could not be written on our side, so nothing was sent.
    case journal(String)

    /// The server's reply, where there is one.
    public var reply: SMTPReply? {
        switch self {
        case .reply(let reply): reply
        case .session(let error):
            switch error.cause {
            case .reply(let reply), .credentialsRefused(let reply, _): reply
            default: nil
            }
        default: nil
        }
    }
}

/// Finds the queue identifier in the words of an acceptance.
enum QueueIdentifier {
    /// `queued as 4XyZ` (Postfix), `id=1abc` (Exim), `<id> [InternalId=...]` (Exchange), `OK id - gsmtp` (Gmail).
    static func find(in reply: SMTPReply) -> String? {
        let words = reply.text.split(whereSeparator: { $0 == " " || $0 == ";" || $0 == "," }).map(String.init)
        for (index, word) in words.enumerated() {
            if word.lowercased() == "as", index > 0, words[index - 1].lowercased() == "queued", index + 1 < words.count {
                return words[index + 1]
            }
            if word.lowercased().hasPrefix("id="), word.count > 3 { return String(word.dropFirst(3)) }
            if word.hasPrefix("[InternalId="), index > 0 { return String(words[index - 1].drop { $0 == "<" }.prefix { $0 != ">" }) }
            if word == "gsmtp", index >= 2 { return words[index - 2] }
        }
        return nil
    }
}
