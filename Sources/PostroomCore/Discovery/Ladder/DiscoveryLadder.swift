import Foundation
import MailProtocol

/// Asks all sources at once and takes the most trusted answer whose servers prove to work.
///
/// The order of trust is fixed (``DiscoverySource``): how fast a source answers decides nothing. It is over as soon as no source that is still
/// out could win, at the latest after ``DiscoveryLimits/total``.
public struct DiscoveryLadder: Sendable {
    /// Read when somebody first asks: a command that has nothing to discover need not wait for some hundred files.
    public var catalogue: ProviderCatalogue { read() }
    private let read: @Sendable () -> ProviderCatalogue
    let network: any DiscoveryNetwork
    public let limits: DiscoveryLimits

    public init(
        catalogue: @autoclosure @escaping @Sendable () -> ProviderCatalogue = .builtIn, network: any DiscoveryNetwork,
        limits: DiscoveryLimits = DiscoveryLimits()
    ) {
        read = catalogue
        self.network = network
        self.limits = limits
    }

    public struct Outcome: Sendable {
        /// The winner first, then the others by trust.
        public var candidates: [DiscoveryCandidate]
        /// In the order of trust.
        public var reports: [DiscoveryReport]
        /// The one that is proposed.
        public var winner: DiscoveryCandidate?
    }

    /// Everything but the directory, which the caller has asked already.
    public func climb(_ address: EmailAddress) async -> Outcome {
        let question = DiscoveryQuestion(address: address, catalogue: catalogue, network: network, limits: limits)
        if let entry = catalogue.entry(forDomain: question.domain) { return await known(entry, question) }
        let sources = DiscoverySource.allCases.filter { $0 > .catalogue }
        var reports: [DiscoverySource: DiscoveryReport] = [
            .directory: DiscoveryReport(.directory, .nothing), .catalogue: DiscoveryReport(.catalogue, .nothing),
        ]
        var candidates: [DiscoverySource: DiscoveryCandidate] = [:]
        await withTaskGroup(of: (DiscoverySource, Answer, Int)?.self) { group in
            for source in sources {
                group.addTask {
                    let began = ContinuousClock.now
                    let answer = await self.answer(of: source, question)
                    return (source, answer, (ContinuousClock.now - began).wholeMilliseconds)
                }
            }
            group.addTask { [limits] in
                try? await Task.sleep(for: limits.total)
                return nil
            }
            while let finished = await group.next(), let (source, answer, time) = finished {
                switch answer {
                case .nothing(let notes, let isFailure):
                    let verdict: DiscoveryReport.Verdict =
                        !isFailure ? .nothing : notes.first?.code == .timedOut ? .timedOut : .failed
                    reports[source] = DiscoveryReport(source, verdict, milliseconds: time, notes: notes)
                case .candidate(let candidate, let notes):
                    candidates[source] = candidate
                    let verdict: DiscoveryReport.Verdict = candidate.verdict == .failed ? .failed : .lost
                    reports[source] = DiscoveryReport(source, verdict, milliseconds: time, notes: notes)
                }
                let best = candidates.values.filter { $0.verdict == .verified }.map(\.source).min()
                if let best, sources.allSatisfy({ $0 >= best || reports[$0] != nil }) { break }
                if reports.count == DiscoverySource.allCases.count { break }
            }
            group.cancelAll()
        }
        let winner = candidates.values.filter { $0.verdict == .verified }.min { $0.source < $1.source }
        for source in sources {
            if source == winner?.source {
                reports[source]?.verdict = .won
            } else if candidates[source]?.verdict == .verified, let winner {
                reports[source]?.notes.insert(DiscoveryNote(.overruled, ["source": winner.source.rawValue]), at: 0)
            } else if reports[source] == nil {
                // A source above the winner is only left out when the time is over.
                let isLate = winner.map { source < $0.source } ?? true
                reports[source] =
                    isLate
                    ? DiscoveryReport(source, .timedOut, milliseconds: limits.total.wholeMilliseconds, notes: [DiscoveryNote(.timedOut)])
                    : DiscoveryReport(source, .skipped, notes: [DiscoveryNote(.notNeeded)])
            }
        }
        let others = candidates.values.filter { $0.source != winner?.source }.sorted { $0.source < $1.source }
        return Outcome(
            candidates: (winner.map { [$0] } ?? []) + others, reports: DiscoverySource.allCases.compactMap { reports[$0] }, winner: winner)
    }

    /// A domain of the catalogue needs no question about servers; they are looked at all the same.
    private func known(_ entry: CatalogueEntry, _ question: DiscoveryQuestion) async -> Outcome {
        let began = ContinuousClock.now
        var reports = DiscoverySource.allCases.map { source in
            source == .directory
                ? DiscoveryReport(source, .nothing) : DiscoveryReport(source, .skipped, notes: [DiscoveryNote(.notNeeded)])
        }
        var (candidate, notes) = await verify(DiscoveryProposal(entry, source: .catalogue), question)
        // Away or not to be reached from here: the entry stays right.
        if candidate?.verdict == .failed {
            candidate?.verdict = .unverified
            notes.insert(DiscoveryNote(.unverified), at: 0)
        }
        let time = (ContinuousClock.now - began).wholeMilliseconds
        reports[1] = DiscoveryReport(.catalogue, .won, milliseconds: time, notes: notes)
        return Outcome(candidates: candidate.map { [$0] } ?? [], reports: reports, winner: candidate)
    }

    enum Answer: Sendable {
        case nothing([DiscoveryNote], isFailure: Bool)
        case candidate(DiscoveryCandidate, [DiscoveryNote])
    }

    private func answer(of source: DiscoverySource, _ question: DiscoveryQuestion) async -> Answer {
        let proposal: DiscoveryProposal
        do {
            switch source {
            case .directory, .catalogue: return .nothing([], isFailure: false)
            case .pacc: proposal = try await question.pacc()
            case .autoconfig: proposal = try await question.autoconfig()
            case .srv: proposal = try await question.serviceRecords()
            case .mx: proposal = try await question.knownExchanger()
            case .autodiscover: proposal = try await question.autodiscover()
            case .guess: return await guess(question)
            }
        } catch let silence {
            return .nothing(silence.notes, isFailure: silence.isFailure)
        }
        let (candidate, notes) = await verify(proposal, question)
        return candidate.map { .candidate($0, notes) } ?? .nothing(notes, isFailure: true)
    }

    /// Guesses exist only as far as they answer.
    private func guess(_ question: DiscoveryQuestion) async -> Answer {
        let proposal = await question.guesses()
        let (candidate, notes) = await verify(proposal, question, mostServers: 6)
        guard let candidate, candidate.verdict == .verified else { return .nothing([DiscoveryNote(.noAnswer)], isFailure: false) }
        return .candidate(candidate, notes)
    }
}

extension Duration {
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}

extension DiscoveryProposal {
    init(_ entry: CatalogueEntry, source: DiscoverySource) {
        self.init(
            source: source, name: entry.name, imap: entry.imap, smtp: entry.smtp, loginFormat: entry.loginFormat,
            methods: Set(entry.authentication.map { $0 == .oauth2 ? .oauth2 : .basic }), oauth: entry.oauthSettings(clientID: ""),
            oauthIssuer: entry.oauth?.issuer, entry: entry)
    }
}
