import MailMIME

extension Submission {
    /// What is known of the delivery to one recipient (RFC 8621 §7, `deliveryStatus`).
    public struct Delivery: Sendable, Hashable {
        public enum Delivered: String, Sendable {
            case queued, yes, no, unknown
        }

        public var delivered: Delivered
        public var isDisplayed: Bool
        /// What the server said to the recipient, or what a report tells of it.
        public var reply: String
    }

    /// A recipient whom the message did not reach, or not yet, as a report says.
    public struct DeliveryProblem: Sendable, Hashable {
        public var outcome: SubmissionReport.Outcome
        public var blobID: BlobID
        public var reportedAt: Timestamp

        /// False while the server goes on trying.
        public var isFinal: Bool { outcome.action == .failed }
    }

    /// What is known of each recipient, by address.
    ///
    /// RFC 8621 §7: a report with the action "delivered" means yes, "failed" means no, and any other changes nothing; both are final, so
    /// the first of them counts, whatever comes later. A refusal that we were told ourselves is as final.
    public var deliveries: [String: Delivery] {
        var deliveries = Dictionary(
            recipients.map { ($0.address, Delivery(delivered: delivered($0), isDisplayed: false, reply: $0.reply)) },
            uniquingKeysWith: { first, _ in first })
        for outcome in reports.lazy.flatMap(\.outcomes) where outcome.isRecipient {
            guard var delivery = deliveries[outcome.address] else { continue }
            switch outcome.action {
            case .delivered where delivery.delivered == .unknown: delivery.delivered = .yes
            case .failed where delivery.delivered == .unknown: delivery.delivered = .no
            case .displayed: delivery.isDisplayed = true
            case .delivered, .failed, .delayed, .relayed, .expanded: continue
            }
            // What the last server answered is the reply that the sender should see, where it is one.
            if outcome.action != .displayed, Self.isReply(outcome.text) { delivery.reply = outcome.text }
            deliveries[outcome.address] = delivery
        }
        return deliveries
    }

    private func delivered(_ recipient: RecipientStatus) -> Delivery.Delivered {
        switch (recipient.verdict, state) {
        case (.refused, _), (_, .refused): .no
        // Handed to the provider's server: what became of it there is for reports to tell, while others may still wait.
        case (.accepted, _), (_, .unknown), (_, .sent): .unknown
        default: .queued
        }
    }

    /// `550 ...`
    private static func isReply(_ text: String) -> Bool {
        let code = text.utf8.prefix(4)
        return code.count >= 3 && code.prefix(3).allSatisfy { (48...57).contains($0) }
            && (code.count == 3 || code.last == 32 || code.last == 45)
    }

    /// Whom it did not reach, and why, in the order of the reports: each address once, and none that is told to have it.
    public var deliveryProblems: [DeliveryProblem] {
        let deliveries = deliveries
        var problems: [DeliveryProblem] = []
        var places: [String: Int] = [:]
        for report in reports {
            for outcome in report.outcomes where outcome.action == .failed || outcome.action == .delayed {
                if outcome.isRecipient, deliveries[outcome.address]?.delivered == .yes { continue }
                let problem = DeliveryProblem(outcome: outcome, blobID: report.blobID, reportedAt: report.receivedAt)
                if let place = places[outcome.address] {
                    // A delay ends with the failure; a later delay is newer; a failure stays.
                    if !problems[place].isFinal { problems[place] = problem }
                } else {
                    places[outcome.address] = problems.count
                    problems.append(problem)
                }
            }
        }
        return problems
    }
}

extension Submission.DeliveryProblem {
    /// For a person: whom it did not reach, why, and what to do.
    public func phrase(in language: Language) -> Phrase {
        let phrases = language.catalogue.deliveries
        let reason = phrases.reasons[outcome.reason] ?? Phrase("")
        let title = isFinal ? phrases.failed : phrases.delayed
        return Phrase(title, reason.title, fix: isFinal ? reason.fix : phrases.waiting).filled(with: ["recipient": outcome.address])
    }
}
