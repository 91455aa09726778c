/// Tells why delivery failed from the status code (RFC 3463) and the words of the refusing server.
enum BounceReason {
    static func isHard(status: String?, replyCode: Int?, action: DeliveryReport.Action) -> Bool {
        switch action {
        case .delayed, .delivered, .relayed, .expanded: return false
        case .failed: break
        }
        if let status, status.first != "5" { return false }
        if status == nil, let replyCode, replyCode < 500 { return false }
        return true
    }

    static func reason(status: String?, replyCode: Int?, text: String) -> DeliveryReport.Reason {
        let lower = text.lowercased()
        for (reason, phrases) in words where phrases.contains(where: { lower.contains($0) }) { return reason }
        guard let status else { return .other }
        let numbers = status.split(separator: ".").compactMap { Int($0) }
        guard numbers.count == 3 else { return .other }
        switch (numbers[1], numbers[2]) {
        case (1, 0), (1, 1), (1, 3): return .unknownRecipient
        case (1, 2), (1, 10): return .unknownHost
        case (1, 6): return .recipientMoved
        case (1, 7), (1, 8): return .policy
        case (2, 0), (2, 1): return .disabledMailbox
        case (2, 2): return .mailboxFull
        case (2, 3), (3, 4): return .tooLarge
        case (2, 4): return .unknownRecipient
        case (3, _): return .systemError
        case (4, 1), (4, 2), (4, 4): return .unreachable
        case (4, 3), (4, 5): return .systemError
        case (4, 6): return .loop
        case (4, 7): return .expired
        case (6, _): return .contentError
        case (7, 8), (7, 9), (7, 20...26): return .authentication
        case (7, _): return .policy
        default: return .other
        }
    }

    /// Words before codes: many servers send 5.7.1 or 5.0.0 for everything. The first that fits counts.
    private static let words: [(DeliveryReport.Reason, [String])] = [
        (
            .mailboxFull,
            [
                "mailbox full", "over quota", "quota exceeded", "mailbox is full", "exceeded storage", "storage allocation",
                "out of storage", "insufficient disk",
                "exceeds allowed mailbox", "not enough storage", "mailbox size", "disk quota", "overquota", "quota", "переполнен",
            ]
        ),
        (
            .unknownRecipient,
            [
                "user unknown", "unknown user", "no such user", "unknown recipient", "recipient unknown", "does not exist",
                "no such mailbox", "mailbox not found",
                "unknown local", "invalid recipient", "no mailbox", "recipient not found", "user not found", "address rejected: unknown",
                "no such recipient",
                "invalid mailbox", "undeliverable address", "not a known user", "unrouteable address", "nonexistent", "doesn't have a",
                "mailbox unavailable",
                "recipient rejected", "not our customer", "unknown or illegal alias", "not found by smtp address lookup", "address unknown",
                "no account",
                "нет такого", "не существует", "пользователь не найден", "does not have a", "isn't in our", "invalid address",
                "unknown address",
            ]
        ),
        (
            .disabledMailbox,
            ["disabled", "suspended", "inactive", "deactivated", "is not active", "account expired", "mailbox locked", "заблокирован"]
        ),
        (.recipientMoved, ["has moved", "no longer valid", "new address", "left the company", "no longer works"]),
        (.tooLarge, ["too large", "too big", "message size", "size limit", "exceeds size", "maximum size", "exceeded the maximum"]),
        (.authentication, ["spf", "dkim", "dmarc", "authentication", "unauthenticated", "not authorized"]),
        (
            .blocked,
            [
                "blocked", "blacklist", "blocklist", "spamhaus", "rbl", "dnsbl", "banned", "reputation", "listed at", "listed in",
                "barracuda", "reverse dns",
                "ptr record", "reverse lookup", "spamcop", "sorbs",
            ]
        ),
        (.rejectedAsSpam, ["spam", "junk mail", "looks like", "unsolicited", "content rejected", "spamassassin"]),
        (.rateLimited, ["too many", "rate limit", "throttl", "try again later", "greylist", "graylist", "connection limit", "ratelimit"]),
        (
            .unknownHost,
            [
                "host not found", "host unknown", "no such domain", "domain does not exist", "name or service not known", "unknown host",
                "nxdomain", "couldn't find any host", "bad destination system", "domain not found", "name service error", "null mx",
                "no mx",
            ]
        ),
        (.loop, ["loop", "too many hops", "hop count"]),
        (
            .unreachable,
            [
                "connection refused", "connection timed out", "could not connect", "unreachable", "no route", "connection reset",
                "network error", "couldn't establish",
            ]
        ),
        (
            .expired,
            [
                "expired", "too long in queue", "retry timeout", "in the queue too long", "message timed out", "giving up", "delivery time",
                "could not be delivered for",
            ]
        ),
        (.policy, ["policy", "denied", "not permitted", "relay", "refused", "rejected", "not allowed", "prohibited", "forbidden"]),
        (.contentError, ["content", "header", "malformed", "rfc 5322", "rfc5322", "line too long", "virus", "attachment"]),
        (
            .systemError,
            ["system error", "i/o error", "configuration", "internal error", "local error", "disk full", "command failed", "temporar"]
        ),
    ]
}
