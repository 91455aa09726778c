import Logging
import MailMIME
import MailProtocol

/// Sends an account's messages: each phase is written to the store before it begins, so that a stop at any moment leaves the truth.
///
/// Nothing is sent twice: once the final dot may have left, only an answer, a copy found in Sent or a person decides.
struct OutboxRunner: Sendable {
    let account: AccountID
    let parts: AccountParts
    let lanes: SessionLanes
    let wake: WakeSignal

    private var store: any MailStore { parts.mail }

    /// Until nothing waits to be sent any more, or may be (other settings begin this anew), or cancelled. For one caller at a time.
    func run() async {
        await untilDone { try await inOwnTask { try await recover() } }
        while !Task.isCancelled {
            _ = wake.take()
            do {
                guard try await store.nextSubmissionTime(of: account) != nil, try await maySend() else { return }
                await untilDone { try await inOwnTask { try await sendDue() } }
                if Task.isCancelled { return }
                guard let next = try await store.nextSubmissionTime(of: account) else { return }
                // The look once in ten minutes is for clocks that jump.
                let pause = next.milliseconds - parts.clock.now().milliseconds
                await wake.wait(atMost: .milliseconds(max(100, min(pause, 600_000))))
            } catch {
                await wake.wait(atMost: .seconds(60))
            }
        }
    }

    /// What is due, once.
    func runOnce() async {
        await untilDone {
            try await recover()
            try await sendDue()
        }
    }

    /// A store that can't be written to (a full disk) stops sending; it is tried again after a while.
    private func untilDone(_ body: () async throws -> Void) async {
        var backOff = BackOff(first: .seconds(1), limit: .seconds(60))
        while !Task.isCancelled {
            do {
                return try await body()
            } catch is CancellationError {
                return
            } catch {
                parts.logger.warning("outbox stopped for now", metadata: ["account": "\(account)", "error": "\(error)"])
                try? await Task.sleep(for: backOff.next(random: Double.random(in: 0..<1)))
                // Whatever the failure cut short stands in the store as it was at that moment.
                try? await recover()
            }
        }
    }

    // MARK: After a stop

    /// Rows that a stop left behind: never at the final dot, so they may be sent; at it, so only evidence counts.
    func recover() async throws {
        for var submission in try await store.unsettledSubmissions(of: account) {
            switch submission.state {
            case .sending:
                submission.state = .queued
                submission.nextAttemptAt = nil
                try await store.updateSubmission(submission, of: account)
            case .finalDot:
                try await settleUnknown(&submission, reply: submission.serverReply)
            case .queued:
                // What waited for a person to mend the sign-in may go at once after a restart of the account.
                if let diagnosis = submission.diagnosis, diagnosis.stage != .delivery, diagnosis.stage != .sender,
                    submission.nextAttemptAt != nil
                {
                    submission.nextAttemptAt = nil
                    try await store.updateSubmission(submission, of: account)
                }
            case .sent where !submission.isCopied:
                // Stopped between the server's word and the copy in Sent.
                try await SentCopy(account: account, store: store, clock: parts.clock).finish(&submission)
            case .sent, .refused, .unknown, .canceled: break
            }
        }
    }

    // MARK: Sending

    private func maySend() async throws -> Bool {
        guard let settings = try await parts.directory.account(account)?.settings else { return false }
        return settings.sendEnabled && !settings.isPaused
    }

    func sendDue() async throws {
        guard try await maySend() else { return }
        for submission in try await store.dueSubmissions(at: parts.clock.now(), of: account) where submission.state == .queued {
            try Task.checkCancellation()
            guard try await store.claimSubmission(submission.id, of: account) else { continue }
            try await send(submission)
        }
    }

    private func send(_ claimed: Submission) async throws {
        var submission = claimed
        submission.state = .sending
        guard let wire = try await store.wire(of: submission.id, account: account) else {
            return try await refuse(&submission, Diagnosis(stage: .delivery, cause: .internalError, side: .smtp))
        }
        let recipients = submission.recipients.filter { $0.verdict == .pending || $0.verdict == .tryLater }.map(\.address)
        guard !recipients.isEmpty else {
            submission.state = .sent
            return try await store.updateSubmission(submission, of: account)
        }
        let report: SendReport
        do {
            var atDot = submission
            atDot.state = .finalDot
            let store = store
            let account = account
            report = try await parts.send(
                OutgoingMessage(mailFrom: submission.mailFrom, recipients: recipients, bytes: wire), of: account
            ) { [atDot] phase in
                // Durable before the dot leaves: after this only evidence can say whether it was sent.
                if phase == .finalDotSent { try await store.updateSubmission(atDot, of: account) }
            }
        } catch let failure as MailFailure {
            report = SendReport(.tryLater, diagnosis: failure.diagnosis, retry: failure.retry)
        }
        try await settle(&submission, report)
    }

    // MARK: Outcomes

    private func settle(_ submission: inout Submission, _ report: SendReport) async throws {
        submission.attempts += 1
        submission.serverReply = report.reply
        for verdict in report.recipients {
            guard let index = submission.recipients.firstIndex(where: { $0.address == verdict.address }) else { continue }
            // RFC 8621 §7: of a message that was refused as a whole a recipient's reply is that one, not the "ok" to its address.
            let isOverruled = report.result != .accepted && verdict.verdict == .accepted && !report.reply.isEmpty
            submission.recipients[index].reply = isOverruled ? report.reply : verdict.reply.description
            switch (report.result, verdict.verdict) {
            // A recipient counts as served only once the message itself was taken.
            case (.accepted, .accepted): submission.recipients[index].verdict = .accepted
            case (_, .refused): submission.recipients[index].verdict = .refused
            case (_, .tryLater): submission.recipients[index].verdict = .tryLater
            case (_, .accepted): break
            }
        }
        parts.logger.info(
            "send attempt", metadata: ["account": "\(account)", "submission": "\(submission.id)", "result": "\(report.result.rawValue)"])
        switch report.result {
        case .accepted:
            try await finishAccepted(&submission, report)
        case .refused:
            for index in submission.recipients.indices where submission.recipients[index].verdict != .accepted {
                submission.recipients[index].verdict = .refused
                if submission.recipients[index].reply.isEmpty { submission.recipients[index].reply = report.reply }
            }
            try await refuse(&submission, report.diagnosis ?? Diagnosis(stage: .delivery, cause: .messageRefused, side: .smtp))
        case .tryLater:
            try await postpone(&submission, report)
        case .unknown:
            submission.diagnosis = report.diagnosis
            try await settleUnknown(&submission, reply: report.reply)
        }
    }

    private func finishAccepted(_ submission: inout Submission, _ report: SendReport) async throws {
        submission.diagnosis = report.diagnosis
        let hasWaiting = submission.recipients.contains { $0.verdict == .tryLater }
        let delay = BackOff.sendDelay(attempts: submission.attempts, since: submission.createdAt, now: parts.clock.now())
        if hasWaiting, let delay {
            // Those who were accepted have it; the others are tried again alone.
            submission.state = .queued
            submission.nextAttemptAt = parts.clock.now().adding(seconds: delay)
        } else {
            for index in submission.recipients.indices where submission.recipients[index].verdict == .tryLater {
                submission.recipients[index].verdict = .refused
            }
            submission.state = .sent
            submission.nextAttemptAt = nil
        }
        // The verdict first: whatever fails after it must not lead to a second sending.
        try await store.updateSubmission(submission, of: account)
        try await SentCopy(account: account, store: store, clock: parts.clock).finish(&submission)
    }

    private func refuse(_ submission: inout Submission, _ diagnosis: Diagnosis) async throws {
        submission.state = submission.recipients.contains { $0.verdict == .accepted } ? .sent : .refused
        submission.diagnosis = diagnosis
        submission.nextAttemptAt = nil
        if submission.state == .refused {
            try await SentCopy(account: account, store: store, clock: parts.clock).takeBack(&submission)
        }
        try await store.updateSubmission(submission, of: account)
    }

    private func postpone(_ submission: inout Submission, _ report: SendReport) async throws {
        let diagnosis = report.diagnosis ?? Diagnosis(stage: .delivery, cause: .serverUnavailable, side: .smtp)
        let now = parts.clock.now()
        guard let delay = BackOff.sendDelay(attempts: submission.attempts, since: submission.createdAt, now: now) else {
            for index in submission.recipients.indices where submission.recipients[index].verdict != .accepted {
                submission.recipients[index].verdict = .refused
            }
            return try await refuse(&submission, diagnosis)
        }
        submission.state = .queued
        submission.diagnosis = diagnosis
        // Nobody was reached, so nobody is bothered by a quick second attempt: a restart takes seconds.
        let isUnreached = [DiagnosisStage.name, .connect, .tls, .greeting].contains(diagnosis.stage)
        submission.nextAttemptAt = now.adding(seconds: isUnreached && submission.attempts <= 3 ? min(15, delay) : delay)
        try await store.updateSubmission(submission, of: account)
    }

    /// Nobody knows whether it left: a copy that the server itself put into Sent is proof; without one a person decides.
    private func settleUnknown(_ submission: inout Submission, reply: String) async throws {
        submission.state = .unknown
        submission.nextAttemptAt = nil
        submission.serverReply = reply
        submission.diagnosis =
            submission.diagnosis ?? Diagnosis(stage: .delivery, cause: .outcomeUnknown, side: .smtp)
        submission.diagnosis?.cause = .outcomeUnknown
        try await store.updateSubmission(submission, of: account)
        // A copy appears within moments or not at all. Where the mailbox can't be asked, the question stays with the person.
        try? await Task.sleep(for: .seconds(2))
        let copy = SentCopy(account: account, store: store, clock: parts.clock)
        guard try await !copy.isOursInSent(submission),
            let isThere = try? await lanes.findInSent(submission.messageID, of: account), isThere
        else { return }
        // A person may have decided meanwhile.
        guard try await store.submissions([submission.id], of: account).first?.state == .unknown else { return }
        submission.state = .sent
        submission.diagnosis = nil
        for index in submission.recipients.indices where submission.recipients[index].verdict == .pending {
            submission.recipients[index].verdict = .accepted
        }
        try await store.updateSubmission(submission, of: account)
        try await copy.finish(&submission)
    }
}
