import MailProtocol
import PostroomCore
import Synchronization

/// A submission server that ends each attempt as a test says: it keeps what it took.
final class ScriptedSender: MessageSender {
    enum Ending: Sendable {
        case accepted([RecipientVerdict.Verdict] = [])
        case refused(DiagnosisCause = .messageRefused)
        case later(DiagnosisCause = .serverUnavailable)
        /// The dot left and no answer came.
        case unknown
        /// The journal is asked, then the process dies: nothing is reported.
        case dies(at: SubmissionPhase)
    }

    private let state: Mutex<(endings: [Ending], taken: [OutgoingMessage], attempts: Int)>

    init(_ endings: [Ending]) {
        state = Mutex((endings, [], 0))
    }

    /// What the server has taken responsibility for.
    var taken: [OutgoingMessage] { state.withLock { $0.taken } }
    var attempts: Int { state.withLock { $0.attempts } }

    func send(
        _ message: OutgoingMessage, through connection: ConnectionDetails, phase: @escaping @Sendable (SubmissionPhase) async throws -> Void
    ) async -> SendReport {
        let ending = state.withLock { state in
            state.attempts += 1
            return state.endings.isEmpty ? Ending.accepted() : state.endings.removeFirst()
        }
        func verdicts(_ list: [RecipientVerdict.Verdict]) -> [RecipientVerdict] {
            message.recipients.enumerated().map { index, address in
                let verdict = list.indices.contains(index) ? list[index] : .accepted
                let code = verdict == .accepted ? 250 : verdict == .refused ? 550 : 450
                return RecipientVerdict(address: address, verdict: verdict, reply: SMTPReply(code: code, lines: ["told"]))
            }
        }
        func diagnosis(_ cause: DiagnosisCause) -> Diagnosis { Diagnosis(stage: .delivery, cause: cause, side: .smtp) }
        do {
            for step in SubmissionPhase.allCases {
                if case .dies(at: let last) = ending, last == step {
                    if step == .finalDotSent { try await phase(step) }
                    try await Task.sleep(for: .seconds(3_600))
                }
                if case .later = ending, step == .mailFrom {
                    return SendReport(.tryLater, reply: "450 later", diagnosis: diagnosis(.serverUnavailable))
                }
                try await phase(step)
            }
        } catch {
            return SendReport(.tryLater, diagnosis: diagnosis(.connectionLost))
        }
        switch ending {
        case .accepted(let list):
            state.withLock { $0.taken.append(message) }
            return SendReport(.accepted, recipients: verdicts(list), reply: "250 queued")
        case .refused(let cause):
            // The message itself is refused after its recipients were taken.
            let taken = cause == .messageRefused ? verdicts([]) : []
            return SendReport(.refused, recipients: taken, reply: "550 no", diagnosis: diagnosis(cause))
        case .later(let cause): return SendReport(.tryLater, reply: "450 later", diagnosis: diagnosis(cause))
        case .unknown: return SendReport(.unknown, diagnosis: diagnosis(.outcomeUnknown))
        case .dies: return SendReport(.unknown, diagnosis: diagnosis(.outcomeUnknown))
        }
    }
}
