import Foundation
import MailMIME
import MailProtocol
import MailTransport
import PostroomCore

extension ConnectionTester {
    func sendToSelf(
        _ address: String, through smtp: ConnectionDetails, awaitedAt imap: ConnectionDetails, within limit: Duration
    ) async -> [DiagnosticStage] {
        let began = ContinuousClock.now
        let domain = address.split(separator: "@").last.map(String.init) ?? "localhost"
        let id = "postroom-doctor-\(UUID().uuidString.lowercased())@\(domain)"
        // Building it touches no file and no network.
        let bytes = (try? Self.message(address, id: id)) ?? []
        let message = OutgoingMessage(mailFrom: address, recipients: [address], bytes: bytes)
        let report = await SMTPMessageSender(options: options).send(message, through: smtp) { _ in }
        let sent = TestCourse.milliseconds(ContinuousClock.now - began)
        guard report.result == .accepted else {
            let diagnosis =
                report.diagnosis
                ?? Diagnosis(
                    stage: .delivery, cause: .messageRefused, side: .smtp, serverText: report.reply, details: ["host": smtp.endpoint.host])
            return [DiagnosticStage(side: .smtp, stage: .delivery, verdict: .failed, milliseconds: sent, diagnosis: diagnosis)]
        }
        let accepted = DiagnosticStage(side: .smtp, stage: .delivery, verdict: .ok, milliseconds: sent, evidence: report.reply)
        let waiting = ContinuousClock.now
        do {
            let folder = try await arrival(of: id, at: imap, until: waiting + limit)
            let time = TestCourse.milliseconds(ContinuousClock.now - waiting)
            guard let folder else {
                let diagnosis = Diagnosis(
                    stage: .delivery, cause: .messageNotArrived, side: .imap,
                    details: ["host": imap.endpoint.host, "address": address, "seconds": "\(limit.components.seconds)"])
                return [
                    accepted,
                    DiagnosticStage(side: .imap, stage: .delivery, verdict: .failed, milliseconds: time, diagnosis: diagnosis),
                ]
            }
            return [accepted, DiagnosticStage(side: .imap, stage: .delivery, verdict: .ok, milliseconds: time, evidence: folder)]
        } catch {
            let failure = (error as? IMAPError).map {
                MailFailure($0, endpoint: imap.endpoint, login: imap.credentials.login, stage: .delivery)
            }
            return [
                accepted, DiagnosticStage(side: .imap, stage: .delivery, verdict: .failed, diagnosis: failure?.diagnosis),
            ]
        }
    }

    /// `INBOX` when it has come; nil when the time is over.
    private func arrival(of id: String, at imap: ConnectionDetails, until deadline: ContinuousClock.Instant) async throws -> String? {
        let client = try await IMAPClient.connect(to: imap.endpoint, options: options.pinned(to: imap.pinnedCertificate))
        defer { client.close() }
        try await client.signIn(imap.credentials, allowPlaintext: imap.endpoint.security == .none)
        var pause = Duration.milliseconds(250)
        while true {
            // Opened anew each time: without news a server may answer from what it knew at the first opening.
            _ = try await client.examine(client.mailboxName("INBOX"))
            if try await !client.search(.header(field: "Message-ID", contains: id)).isEmpty {
                await client.logout()
                return "INBOX"
            }
            guard ContinuousClock.now + pause < deadline else { return nil }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(3))
        }
    }

    private static func message(_ address: String, id: String) throws -> [UInt8] {
        var builder = MessageBuilder(date: MailDate(secondsSince1970: Int64(Date().timeIntervalSince1970)), messageID: id)
        builder.from = [MailAddress(address: address)]
        builder.to = [MailAddress(address: address)]
        builder.subject = "Postroom: test message / Проверочное письмо"
        builder.textBody = """
            Postroom sent this message to see whether mail that leaves this mailbox comes back to it. It can be deleted.

            Postroom отправил это письмо, чтобы проверить, доходит ли почта из этого ящика обратно в него. Его можно удалить.
            """
        return try builder.build(.wire)
    }
}
