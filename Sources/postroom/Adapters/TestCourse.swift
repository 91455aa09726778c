import MailProtocol
import PostroomCore

/// The stages of one test as they are passed; whatever was not reached is `skipped`.
struct TestCourse {
    private(set) var stages: [DiagnosticStage] = []
    /// Set as soon as the server's address is known to lie in a private network.
    var isPrivate = false
    private let side: MailSide
    private let order: [DiagnosisStage]
    private var since = ContinuousClock.now

    init(_ side: MailSide, last: DiagnosisStage) {
        self.side = side
        order = [.name, .connect, .tls, .greeting, .capabilities, .signIn, last]
    }

    private mutating func lap() -> Duration {
        let now = ContinuousClock.now
        defer { since = now }
        return now - since
    }

    /// `time` nil: since the stage before.
    mutating func passed(_ stage: DiagnosisStage, _ evidence: String, time: Duration? = nil, verdict: DiagnosticStage.Verdict = .ok) {
        let lap = lap()
        stages.append(
            DiagnosticStage(
                side: side, stage: stage, verdict: verdict, milliseconds: Self.milliseconds(time ?? lap),
                evidence: String(evidence.prefix(2_000))))
    }

    static func milliseconds(_ time: Duration) -> Int {
        let (seconds, attoseconds) = time.components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    /// The stages with the failure at its own place: those before it held, those after it were not reached.
    mutating func failed(_ diagnosis: Diagnosis) -> [DiagnosticStage] {
        let time = Self.milliseconds(lap())
        let place = order.firstIndex(of: diagnosis.stage) ?? min(stages.count, order.count - 1)
        let known = Dictionary(stages.map { ($0.stage, $0) }, uniquingKeysWith: { first, _ in first })
        return marked(
            order.enumerated().map { index, stage in
                if index == place {
                    return DiagnosticStage(
                        side: side, stage: stage, verdict: .failed, milliseconds: time, evidence: diagnosis.serverText, diagnosis: diagnosis
                    )
                }
                if index > place { return DiagnosticStage(side: side, stage: stage, verdict: .skipped) }
                return known[stage] ?? DiagnosticStage(side: side, stage: stage, verdict: .ok)
            })
    }

    /// The stages, the rest `skipped`.
    func finished() -> [DiagnosticStage] {
        marked(order.map { stage in stages.first { $0.stage == stage } ?? DiagnosticStage(side: side, stage: stage, verdict: .skipped) })
    }

    private func marked(_ stages: [DiagnosticStage]) -> [DiagnosticStage] {
        stages.map { stage in
            var stage = stage
            stage.isPrivate = isPrivate
            return stage
        }
    }
}
