import PostroomCore

/// A report that came in, with its own bytes.
struct ArrivedReport {
    var report: IncomingReport
    var blob: PackedBlob
    var receivedAt: Timestamp
}

/// A submission that a report may be about.
struct ReportedSubmission {
    var id: SubmissionID
    var messageID: String
    var recipients: [Submission.RecipientStatus]

    var addresses: [String] { recipients.map(\.address) }
}

extension SQLStore {
    /// Fills in what came back about submissions.
    static func withReports(
        _ submissions: [Submission], of account: AccountID, _ connection: any SQLConnection
    ) throws -> [Submission] {
        guard !submissions.isEmpty else { return [] }
        let reports = try reports(on: submissions.map(\.id), of: account, connection)
        guard !reports.isEmpty else { return submissions }
        return submissions.map { submission in
            var submission = submission
            submission.reports = reports[submission.id] ?? []
            return submission
        }
    }

    /// In the order of receipt.
    fileprivate static func reports(
        on submissions: [SubmissionID], of account: AccountID, _ connection: any SQLConnection
    ) throws -> [SubmissionID: [SubmissionReport]] {
        var reports: [SubmissionID: [SubmissionReport]] = [:]
        let rows = try connection.rows(
            """
            SELECT submission_id, kind, blob, message_id, received_at, outcomes FROM submission_reports
            WHERE account_id = $1 AND submission_id {in $2} ORDER BY received_at, number
            """, [account.sql, .integers(submissions.map(\.value))])
        for row in rows {
            guard let kind = SubmissionReport.Kind(rawValue: row.text(1)) else {
                throw StoreError.failed("a report's kind is not known here: \(row.text(1))")
            }
            reports[row.id(0), default: []].append(
                SubmissionReport(
                    kind: kind, blobID: BlobID(sha256: row.bytes(2)), messageID: row.text(3), receivedAt: row.time(4),
                    outcomes: try JSON.value(row.text(5))))
        }
        return reports
    }

    /// Submissions of messages with these Message-IDs that were not taken back, newest first.
    static func candidates(
        of messageIDs: [String], _ account: AccountID, _ connection: any SQLConnection
    ) throws -> [ReportedSubmission] {
        let wanted = Set(messageIDs).subtracting([""])
        guard !wanted.isEmpty else { return [] }
        let beginnings = wanted.map { EmailRow.Prepared.clean(String(String.UnicodeScalarView($0.unicodeScalars.prefix(200)))) }
        return try connection.rows(
            """
            SELECT id, message_id, recipients FROM submissions
            WHERE account_id = $1 AND substr(message_id, 1, 200) {in text $2} AND state <> 'canceled' ORDER BY id DESC
            """, [account.sql, .texts(beginnings.sorted())]
        ).filter { wanted.contains($0.text(1)) }.map {
            ReportedSubmission(id: $0.id(0), messageID: $0.text(1), recipients: try JSON.value($0.text(2)))
        }
    }
}

extension AccountTransaction {
    /// Keeps reports with the submissions that they are about, each once; reports on anything else are left alone.
    ///
    /// A report is known by its bytes and, where it came to two addresses of the same mailbox, by its Message-ID with what it says.
    func record(_ arrived: [ArrivedReport]) throws {
        guard !arrived.isEmpty else { return }
        let submissions = try SQLStore.candidates(of: arrived.map(\.report.originalMessageID), account, connection)
        guard !submissions.isEmpty else { return }
        let byMessage = Dictionary(grouping: submissions, by: \.messageID)
        var known = try SQLStore.reports(on: submissions.map(\.id), of: account, connection)
        var rows: [[SQLValue]] = []
        var held: [PackedBlob] = []
        for item in arrived {
            let candidates = byMessage[item.report.originalMessageID] ?? []
            guard let (submission, report) = try Self.choose(item, among: candidates) else { continue }
            let isKnown = candidates.contains { candidate in
                (known[candidate.id] ?? []).contains { $0.isSame(as: report) }
            }
            guard !isKnown,
                (known[submission.id] ?? []).count < SubmissionReport.most(recipients: submission.recipients.count)
            else { continue }
            held.append(item.blob)
            rows.append([
                account.sql, submission.id.sql, report.blobID.sql, report.kind.rawValue.sql,
                EmailRow.Prepared.clean(report.messageID).sql, report.receivedAt.sql,
                (known[submission.id] ?? []).count.sql, try JSON.text(report.outcomes).sql,
            ])
            known[submission.id, default: []].append(report)
            note(.updated, .submission, submission.id.value)
        }
        guard !rows.isEmpty else { return }
        try hold(held)
        try connection.executeEach(
            """
            INSERT INTO submission_reports (account_id, submission_id, blob, kind, message_id, received_at, number, outcomes)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, rows)
    }

    /// A message may have been submitted several times: the report is on the newest one that went to an address that it names.
    private static func choose(
        _ arrived: ArrivedReport, among candidates: [ReportedSubmission]
    ) throws -> (ReportedSubmission, SubmissionReport)? {
        let reports = candidates.lazy.map { candidate in
            (
                candidate,
                arrived.report.report(to: candidate.addresses, blobID: arrived.blob.id, receivedAt: arrived.receivedAt)
            )
        }
        return reports.first { $0.1.outcomes.contains(where: \.isRecipient) } ?? reports.first
    }
}

extension SubmissionReport {
    fileprivate func isSame(as other: SubmissionReport) -> Bool {
        blobID == other.blobID || (!messageID.isEmpty && messageID == other.messageID && outcomes == other.outcomes)
    }
}
