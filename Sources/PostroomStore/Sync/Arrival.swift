import PostroomCore

/// A message on its way into the store, with all that can be worked out before the transaction.
struct Arrival: PreparedObject {
    var uid: UInt32
    var modSeq: UInt64
    var row: EmailRow.Prepared
    var searchText: SearchText?
    var references: [MessageReference]
    var isDeleted: Bool
    var report: IncomingReport?

    var size: Int { row.blob?.data.count ?? 0 }

    init(_ email: IncomingEmail) {
        uid = email.uid
        modSeq = email.modSeq
        row = EmailRow.Prepared(
            content: email.content, keywords: email.keywords, receivedAt: email.receivedAt, source: email.source,
            serverID: email.serverEmailID, serverThreadID: email.serverThreadID)
        searchText = email.searchText
        isDeleted = email.isDeleted
        references = email.content.threadReferences(serverThreadID: email.serverThreadID)
        report = email.report
    }

    /// The report that it is, with its bytes.
    var arrivedReport: ArrivedReport? {
        guard let report, let blob = row.blob else { return nil }
        return ArrivedReport(report: report, blob: blob, receivedAt: row.receivedAt)
    }

    /// Works the arrivals out side by side: hashing and packing sources is where a first synchronisation spends its CPU.
    static func prepare(_ emails: [IncomingEmail]) async -> [Arrival] {
        await prepare(emails, octets: { $0.prepared == nil ? $0.source?.count ?? 0 : 0 }) { $0.prepared as? Arrival ?? Arrival($0) }
    }

    static func prepare<Element: Sendable, Result: Sendable>(
        _ elements: [Element], octets: (Element) -> Int, _ make: @Sendable @escaping (Element) -> Result
    ) async -> [Result] {
        let total = elements.reduce(0) { $0 + octets($1) }
        guard elements.count > 1, total > BackgroundThreads.fewOctets else { return elements.map(make) }
        let half = elements.count / 2
        async let second = BackgroundThreads.shared.run { elements[half...].map(make) }
        let first = await BackgroundThreads.shared.run { elements[..<half].map(make) }
        return await first + second
    }
}

/// An email of the store that an arrival may be a copy of.
struct ArrivalCandidate {
    var id: Int64
    var thread: Int64
    var hash: Int64
    var messageID: String?
    var size: Int
    var receivedAt: Timestamp
    var serverID: String?
    var keywords: KeywordBits
    var hasSource: Bool
    var indexed: Int
    /// Its copy in the mailbox that the arrival comes to: none, one with a UID, or one that waits.
    var copy: Copy = .none

    enum Copy: Equatable {
        case none, present
        /// `isOurs`: an operation of ours brings it; else its UID was lost with the mailbox's UIDVALIDITY.
        case waiting(isOurs: Bool)
    }

    /// Whether the two are one message wherever they lie: as the server says, or by Message-ID, size and INTERNALDATE.
    func isSame(as arrival: Arrival) -> Bool {
        if let theirs = arrival.row.serverID, let ours = serverID { return theirs == ours }
        return messageID != nil && messageID == arrival.row.content.messageID && isTwin(of: arrival)
    }

    /// Whether this is the message that the waiting copy waits for. A server may write a size of its own for what we appended.
    func isAwaited(_ arrival: Arrival) -> Bool {
        guard case .waiting(let isOurs) = copy else { return false }
        if let theirs = arrival.row.serverID, let ours = serverID { return theirs == ours }
        guard hash == arrival.row.hash, messageID == arrival.row.content.messageID else { return false }
        return isOurs && messageID != nil || isTwin(of: arrival)
    }

    func isTwin(of arrival: Arrival) -> Bool {
        size == arrival.row.content.size && receivedAt.seconds == arrival.row.receivedAt.seconds
    }
}

/// Where candidates stand by what an arrival may be known by, so that a batch is not compared all with all.
struct CandidatePlaces {
    private var byID: [Int64: Int] = [:]
    private var byHash: [Int64: [Int]] = [:]
    private var byServerID: [String: [Int]] = [:]

    init(_ candidates: [ArrivalCandidate]) {
        for (place, candidate) in candidates.enumerated() {
            byID[candidate.id] = place
            byHash[candidate.hash, default: []].append(place)
            if let id = candidate.serverID { byServerID[id, default: []].append(place) }
        }
    }

    func has(_ email: Int64) -> Bool { byID[email] != nil }

    /// Of those that might be the arrival, in order. `own`: the email that its UID was of.
    func near(_ arrival: Arrival, own: Int64?) -> [Int] {
        var places = byHash[arrival.row.hash] ?? []
        if let id = arrival.row.serverID { places += byServerID[id] ?? [] }
        if let own, let place = byID[own] { places.append(place) }
        return places.count > 1 ? Set(places).sorted() : places
    }
}
