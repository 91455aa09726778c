import MailProtocol
import Testing

@testable import PostroomCore

/// A world of a few answers; whatever is not in it is silent.
private struct MadeUpNetwork: DiscoveryNetwork {
    var documents: [String: [UInt8]] = [:]
    var services: [String: [ServiceRecord]] = [:]
    var exchangers: [String: [String]] = [:]
    /// Hosts whose servers work.
    var good: Set<String> = []
    /// Documents at hosts that never answer.
    var silent: Set<String> = []
    var mechanisms = ["PLAIN"]

    func exchangers(of domain: String) async throws(DiscoveryNote) -> [String] { exchangers[domain] ?? [] }
    func services(at name: String) async throws(DiscoveryNote) -> [ServiceRecord] { services[name] ?? [] }
    func texts(at name: String) async throws(DiscoveryNote) -> [String] { [] }

    func document(at url: String, posting body: String?) async throws(DiscoveryNote) -> [UInt8] {
        let host = String(url.dropFirst(8).prefix { $0 != "/" })
        if silent.contains(host) {
            try? await Task.sleep(for: .seconds(60))
            throw DiscoveryNote(.timedOut, ["host": host])
        }
        guard let bytes = documents[host] else { throw DiscoveryNote(.unreachable, ["host": host]) }
        return bytes
    }

    func probe(_ side: MailSide, at endpoint: ServerEndpoint) async -> ServerProbe {
        guard !good.contains(endpoint.host) else {
            return ServerProbe(
                side: side, endpoint: endpoint, stages: [DiagnosticStage(side: side, stage: .capabilities, verdict: .ok)],
                mechanisms: mechanisms, milliseconds: 1)
        }
        let diagnosis = Diagnosis(stage: .name, cause: .unknownHost, side: side, details: ["host": endpoint.host])
        return ServerProbe(
            side: side, endpoint: endpoint, stages: [DiagnosticStage(side: side, stage: .name, verdict: .failed, diagnosis: diagnosis)],
            mechanisms: [], milliseconds: 1)
    }
}

@Suite("The ladder of discovery")
struct DiscoveryLadderTests {
    private func config(_ imap: String, _ smtp: String, login: String = "%EMAILADDRESS%") -> [UInt8] {
        Array(
            """
            <clientConfig version="1.1"><emailProvider id="a"><displayName>%EMAILDOMAIN% Mail</displayName>
            <incomingServer type="imap"><hostname>\(imap)</hostname><port>993</port><socketType>SSL</socketType><username>\(login)</username>
            <authentication>password-cleartext</authentication></incomingServer>
            <outgoingServer type="smtp"><hostname>\(smtp)</hostname><port>465</port><socketType>SSL</socketType><username>\(login)</username>
            <authentication>password-cleartext</authentication></outgoingServer></emailProvider></clientConfig>
            """.utf8)
    }

    private func climb(
        _ network: MadeUpNetwork, _ address: String = "anna@a.test", total: Duration = .seconds(5)
    ) async throws -> DiscoveryLadder.Outcome {
        var limits = DiscoveryLimits()
        limits.total = total
        return await DiscoveryLadder(network: network, limits: limits).climb(try EmailAddress(address))
    }

    private func srv(_ domain: String, _ host: String) -> [String: [ServiceRecord]] {
        [
            "_imaps._tcp.\(domain)": [ServiceRecord(priority: 0, weight: 1, port: 993, target: "imap.\(host)")],
            "_submissions._tcp.\(domain)": [ServiceRecord(priority: 0, weight: 1, port: 465, target: "smtp.\(host)")],
        ]
    }

    @Test func trustDecidesAndNotSpeed() async throws {
        var network = MadeUpNetwork()
        network.documents["autoconfig.a.test"] = config("imap.a.test", "smtp.a.test")
        network.services = srv("a.test", "b.a.test")
        network.good = ["imap.a.test", "smtp.a.test", "imap.b.a.test", "smtp.b.a.test"]
        let outcome = try await climb(network)
        #expect(outcome.winner?.source == .autoconfig)
        #expect(outcome.winner?.name == "a.test Mail")
        #expect(outcome.reports.map(\.source) == DiscoverySource.allCases)
    }

    @Test func anAnswerWhoseServersFailLosesToALessTrustedOneThatWorks() async throws {
        var network = MadeUpNetwork()
        network.documents["autoconfig.a.test"] = config("gone.a.test", "smtp.a.test")
        network.services = srv("a.test", "a.test")
        network.good = ["imap.a.test", "smtp.a.test"]
        let outcome = try await climb(network)
        #expect(outcome.winner?.source == .srv)
        let report = outcome.reports.first { $0.source == .autoconfig }
        #expect(report?.verdict == .failed)
        #expect(report?.notes.first?.code == .receivingFailed)
        #expect(report?.notes.first?.text(in: .english).contains("gone.a.test") == true)
    }

    @Test func asksOnlyAsLongAsItsBudget() async throws {
        var network = MadeUpNetwork()
        network.silent = ["autoconfig.a.test"]
        network.services = srv("a.test", "a.test")
        network.good = ["imap.a.test", "smtp.a.test"]
        let began = ContinuousClock.now
        let outcome = try await climb(network, total: .milliseconds(300))
        #expect(ContinuousClock.now - began < .seconds(20))
        #expect(outcome.winner?.source == .srv)
        #expect(outcome.reports.first { $0.source == .autoconfig }?.verdict == .timedOut)
    }

    @Test func guessesNeedAPersonAndExchangersOfKnownServicesDoNot() async throws {
        var network = MadeUpNetwork()
        network.good = ["mail.a.test"]
        let guessed = try await climb(network)
        #expect(guessed.winner?.source == .guess)
        #expect(guessed.winner?.cautions == [.guessed])
        network.exchangers["a.test"] = ["aspmx.l.google.com"]
        network.good = ["imap.gmail.com", "smtp.gmail.com"]
        let known = try await climb(network)
        #expect(known.winner?.entry?.id == "gmail")
        #expect(known.winner?.needsConfirmation == false)
    }

    @Test func serversOfAnotherDomainNeedAPersonUnlessTheyAreKnown() async throws {
        var network = MadeUpNetwork()
        network.services = srv("a.test", "b.test")
        network.good = ["imap.b.test", "smtp.b.test", "imap.fastmail.com", "smtp.fastmail.com"]
        #expect(try await climb(network).winner?.cautions == [.otherDomain])
        network.services = srv("a.test", "fastmail.com")
        let fastmail = try await climb(network)
        #expect(fastmail.winner?.cautions == [])
        #expect(fastmail.winner?.entry?.id == "fastmail")
    }

    @Test func whatServersOfferCountsForMoreThanWhatIsSaidOfThem() async throws {
        var network = MadeUpNetwork()
        network.documents["autoconfig.a.test"] = config("imap.a.test", "smtp.a.test")
        network.good = ["imap.a.test", "smtp.a.test"]
        network.mechanisms = ["XOAUTH2"]
        #expect(try await climb(network).winner?.authentication == .oauth2)
        network.mechanisms = ["GSSAPI"]
        #expect(try await climb(network).winner == nil)
    }

    @Test func aFilledInLoginIsShownAndSomebodyElsesIsRefused() async throws {
        var network = MadeUpNetwork()
        network.good = ["imap.a.test", "smtp.a.test"]
        network.documents["autoconfig.a.test"] = config("imap.a.test", "smtp.a.test", login: "m4711")
        let literal = try await climb(network)
        #expect(literal.winner?.loginFormat == .manual)
        #expect(literal.winner?.login == "m4711")
        network.documents["autoconfig.a.test"] = config("imap.a.test", "smtp.a.test", login: "eve@a.test")
        let wrong = try await climb(network)
        #expect(wrong.reports.first { $0.source == .autoconfig }?.notes.first?.code == .anotherAddress)
    }

    @Test func theCatalogueStaysRightWhereItsServersCannotBeReached() async throws {
        let outcome = try await climb(MadeUpNetwork(), "anna@gmail.com")
        #expect(outcome.winner?.entry?.id == "gmail")
        #expect(outcome.winner?.verdict == .unverified)
        #expect(outcome.reports.first { $0.source == .guess }?.verdict == .skipped)
    }

    @Test func parentsOfExchangers() {
        #expect(DiscoveryQuestion.parents(of: "mx1.mail.a.test") == ["mail.a.test", "a.test"])
        #expect(DiscoveryQuestion.parents(of: "mx.a.test") == ["a.test"])
        #expect(DiscoveryQuestion.parents(of: "mx.a.co.uk") == ["a.co.uk"])
        #expect(DiscoveryQuestion.parents(of: "com") == [])
        #expect(DiscoveryQuestion.ascii("bücher.example") == "xn--bcher-kva.example")
    }

    @Test func everyNoteAndSourceHasItsWordsInEveryLanguage() {
        for language in Language.allCases {
            let phrases = language.catalogue.discovery
            for code in DiscoveryNote.Code.allCases { #expect(phrases.notes[code]?.isEmpty == false, "\(code)") }
            for source in DiscoverySource.allCases { #expect(phrases.sources[source]?.isEmpty == false, "\(source)") }
            for caution in DiscoveryCandidate.Caution.allCases { #expect(phrases.cautions[caution]?.isEmpty == false, "\(caution)") }
        }
    }

    @Test func membersMayAskOnlySoOften() async throws {
        let budget = ProbeBudget(clock: StillClock())
        let member = User(id: UserID(1), name: "m", displayName: "M", isAdmin: false, createdAt: Timestamp(seconds: 0))
        for _ in 0..<ProbeBudget.Kind.discovery.perMinute { try await budget.take(.discovery, for: member) }
        await #expect(throws: Problem.self) { try await budget.take(.discovery, for: member) }
        try await budget.take(.test, for: member)
    }

    private struct StillClock: Clock {
        func now() -> Timestamp { Timestamp(seconds: 1_000_000) }
    }
}
