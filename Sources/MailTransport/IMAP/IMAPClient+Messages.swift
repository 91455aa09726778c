import MailProtocol

extension IMAPClient {
    /// Fetches messages of the open mailbox, in the order of the server, as they come.
    ///
    /// Sections larger than ``IMAP/Limits/inlineLiteral`` arrive as ``IMAP/FetchedBody/Content/streamed(_:)`` without their bytes: use
    /// ``download(uid:section:size:chunk:priority:)`` or ``fetchEvents(_:items:changedSince:vanished:priority:)`` for those. UIDs that
    /// don't exist are left out by the server. What it does not offer (MODSEQ, OBJECTID, PREVIEW ...) is not asked for.
    public func fetch(
        _ set: IMAP.MessageSet, items: [IMAP.FetchItem], changedSince: ModSeq? = nil, priority: IMAPPriority = .normal
    ) async throws(IMAPError) -> FetchStream {
        FetchStream(events: try await events(of: set, items, changedSince, false, wantsLiterals: false, priority))
    }

    /// Fetches with everything that comes: pieces of large sections, and with `vanished` (needs QRESYNC) the UIDs that are gone.
    public func fetchEvents(
        _ set: IMAP.MessageSet, items: [IMAP.FetchItem], changedSince: ModSeq? = nil, vanished: Bool = false,
        priority: IMAPPriority = .normal
    ) async throws(IMAPError) -> FetchEventStream {
        try await events(of: set, items, changedSince, vanished, wantsLiterals: true, priority)
    }

    private func events(
        of set: IMAP.MessageSet, _ items: [IMAP.FetchItem], _ changedSince: ModSeq?, _ vanished: Bool, wantsLiterals: Bool,
        _ priority: IMAPPriority
    ) async throws(IMAPError) -> FetchEventStream {
        let channel = FetchChannel(wantsLiterals: wantsLiterals)
        let stream = FetchEventStream(lease: FetchLease(channel))
        if case .uids(let uids) = set, uids.isEmpty {
            channel.finish(nil)
            return stream
        }
        let known = capabilities
        var wanted = known.supported(items)
        if !wanted.contains(.uid) { wanted.insert(.uid, at: 0) }
        let collector = FetchCollector(
            channel: channel, set: set, wantsBodies: wanted.contains(where: \.isBody), wantsVanished: vanished)
        _ = try await pipeline.send(
            .uidFetch(set, wanted, changedSince: known.hasCondStore ? changedSince : nil, vanished: vanished && known.hasQResync),
            collector: collector, options: .init(priority: priority, channel: channel))
        return stream
    }

    /// One section of one message, in pieces that are asked for one after the other, so that other commands get their turn in between.
    ///
    /// - Parameter size: the section's size if known; else it ends with the first short piece.
    public func download(
        uid: UID, section: IMAP.Section = .whole, chunk: UInt64 = 256 * 1_024, priority: IMAPPriority = .normal
    ) -> Download {
        Download(client: self, uid: uid, section: section, chunk: chunk, priority: priority)
    }

    // MARK: Searching

    /// The UIDs of the open mailbox that match.
    public func search(_ key: IMAP.SearchKey, priority: IMAPPriority = .normal) async throws(IMAPError) -> UIDSet {
        try await searchResult(key, returning: [.all], priority: priority).all ?? UIDSet()
    }

    /// What matches, in the forms asked for; with ESEARCH where offered, else worked out from the plain answer.
    public func searchResult(
        _ key: IMAP.SearchKey, returning: [IMAP.SearchReturn] = [.all], priority: IMAPPriority = .normal
    ) async throws(IMAPError) -> IMAP.SearchResult {
        let known = capabilities
        if returning.contains(.save), !known.hasSearchRes { throw IMAPError(.notOffered("SEARCHRES"), command: "UID SEARCH") }
        let charset = key.needsCharset && !isUTF8Enabled ? "UTF-8" : nil
        let command = IMAP.Command.uidSearch(key, returning: known.hasESearch ? returning : [], charset: charset)
        var (status, collected) = try await pipeline.run(command, collecting: SearchCollector(), options: .init(priority: priority))
        if case .badCharset = status.code, charset != nil {
            // The server does not know UTF-8: what can't be said in ASCII can't be found there.
            throw IMAPError(.refused(status), command: command.name)
        }
        try status.requireOK(command.name)
        if collected.result == nil { collected.result = IMAP.SearchResult() }
        var result = collected.result ?? IMAP.SearchResult()
        if known.hasESearch {
            // No ALL in the answer means: nothing found.
            if returning.contains(.all), result.all == nil { result.all = UIDSet() }
        } else if let all = result.all {
            result.count = UInt32(clamping: all.count)
            result.min = all.min
            result.max = all.max
        } else {
            result.all = UIDSet()
            result.count = 0
        }
        status = IMAP.Status(.ok)
        return result
    }

    /// UIDs that match, in order; nil where the server does not offer SORT.
    public func sort(_ key: IMAP.SearchKey, by criteria: [IMAP.SortCriterion]) async throws(IMAPError) -> [UID]? {
        let known = capabilities
        let display = criteria.contains { $0.key == .displayFrom || $0.key == .displayTo }
        guard known.contains(display ? "SORT=DISPLAY" : "SORT") else { return nil }
        let (_, collected) = try await pipeline.require(.uidSort(criteria, key, charset: "UTF-8"), collecting: SortCollector())
        return collected.result?.sorted ?? []
    }

    /// Threads of what matches; nil where the server does not offer the algorithm (`REFERENCES`, `ORDEREDSUBJECT`).
    public func threads(_ key: IMAP.SearchKey, algorithm: String = "REFERENCES") async throws(IMAPError) -> [IMAP.ThreadMember]? {
        guard capabilities.contains("THREAD=\(algorithm)") else { return nil }
        let (_, collected) = try await pipeline.require(
            .uidThread(algorithm: algorithm, key, charset: "UTF-8"), collecting: ThreadCollector())
        return collected.members ?? []
    }

    // MARK: Changing

    /// What a store did: messages with their new flags or mod-sequences, and those that it left alone.
    public struct StoreResult: Sendable, Hashable {
        public var messages: [IMAP.FetchedMessage]
        /// Changed by somebody else since `unchangedSince`; not touched.
        public var modified: UIDSet
    }

    /// Changes flags. With `unchangedSince` (needs CONDSTORE) only of messages that nobody else changed since.
    @discardableResult
    public func store(
        _ set: IMAP.MessageSet, _ action: IMAP.StoreAction, unchangedSince: ModSeq? = nil, priority: IMAPPriority = .normal
    ) async throws(IMAPError) -> StoreResult {
        if case .uids(let uids) = set, uids.isEmpty { return StoreResult(messages: [], modified: UIDSet()) }
        let guarded = capabilities.hasCondStore ? unchangedSince : nil
        let command = IMAP.Command.uidStore(set, action, unchangedSince: guarded)
        let (status, collected) = try await pipeline.run(
            command, collecting: StoreCollector(set: set, limit: pipeline.limits.collectedResponses), options: .init(priority: priority))
        // NO with MODIFIED is still an answer: some were changed, some not (RFC 7162, section 3.1.3).
        if case .modified(let uids) = status.code { return StoreResult(messages: collected.messages, modified: uids) }
        try status.requireOK(command.name)
        return StoreResult(messages: collected.messages, modified: UIDSet())
    }

    /// Copies messages; nil where the server does not tell their new UIDs.
    @discardableResult
    public func copy(_ uids: UIDSet, to mailbox: IMAP.MailboxName, priority: IMAPPriority = .normal) async throws(IMAPError) -> CopiedUIDs?
    {
        if uids.isEmpty { return nil }
        let (status, collected) = try await pipeline.require(
            .uidCopy(.uids(uids), mailbox), collecting: CopyCollector(), options: .init(priority: priority))
        return CopiedUIDs(status.code, atMost: uids.count) ?? CopiedUIDs(collected.code, atMost: uids.count)
    }

    /// Moves messages; where MOVE is not offered by COPY, `\Deleted` and UID EXPUNGE (RFC 6851, section 3.3).
    ///
    /// Without UIDPLUS an EXPUNGE would remove other people's `\Deleted` mail too: there the copied messages stay, marked.
    @discardableResult
    public func move(_ uids: UIDSet, to mailbox: IMAP.MailboxName, priority: IMAPPriority = .normal) async throws(IMAPError) -> CopiedUIDs?
    {
        if uids.isEmpty { return nil }
        let known = capabilities
        if known.hasMove {
            let (status, collected) = try await pipeline.require(
                .uidMove(.uids(uids), mailbox), collecting: CopyCollector(), options: .init(priority: priority))
            return CopiedUIDs(collected.code, atMost: uids.count) ?? CopiedUIDs(status.code, atMost: uids.count)
        }
        let copied = try await copy(uids, to: mailbox, priority: priority)
        try await store(.uids(uids), .add([.deleted], silent: true), priority: priority)
        if known.hasUIDPlus { try await expunge(uids, priority: priority) }
        return copied
    }

    /// Removes messages that are marked `\Deleted`, and only those of `uids`; needs UIDPLUS.
    public func expunge(_ uids: UIDSet, priority: IMAPPriority = .normal) async throws(IMAPError) {
        if uids.isEmpty { return }
        guard capabilities.hasUIDPlus else { throw IMAPError(.notOffered("UIDPLUS"), command: "UID EXPUNGE") }
        _ = try await pipeline.require(.uidExpunge(.uids(uids)), collecting: NoCollector(), options: .init(priority: priority))
    }

    /// Appends a message whose bytes come piece by piece, exactly `size` of them; nil where the server does not tell its UID.
    ///
    /// A source that fails or gives another number of bytes ends the connection: the server waits for the rest and nothing else.
    @discardableResult
    public func append(
        to mailbox: IMAP.MailboxName, flags: [IMAP.Flag] = [], date: Int64? = nil, size: UInt64, priority: IMAPPriority = .normal,
        source: @escaping @Sendable (_ write: (IMAP.Bytes) async throws(IMAPError) -> Void) async throws -> Void
    ) async throws(IMAPError) -> AppendedUID? {
        if let limit = capabilities.appendLimit, size > limit {
            throw IMAPError(.tooLarge(size: size, limit: limit), command: "APPEND")
        }
        let (status, _) = try await pipeline.require(
            .append(mailbox, flags: flags, date: date, size: size), collecting: NoCollector(), options: .init(priority: priority),
            source: source)
        guard case .appendUID(let validity, let uids) = status.code, let uid = uids.min else { return nil }
        return AppendedUID(uidValidity: validity, uid: uid)
    }

    /// Appends a message that is in memory.
    @discardableResult
    public func append(
        _ message: [UInt8], to mailbox: IMAP.MailboxName, flags: [IMAP.Flag] = [], date: Int64? = nil, priority: IMAPPriority = .normal
    ) async throws(IMAPError) -> AppendedUID? {
        try await append(to: mailbox, flags: flags, date: date, size: UInt64(message.count), priority: priority) { write in
            try await write(message[...])
        }
    }

    // MARK: News

    /// Asks the server for news whenever no command runs: by IDLE, else by a NOOP now and then. They come as ``events``.
    ///
    /// IDLE is ended for each command and taken up again, renewed long before servers give up, and a server that does not answer the
    /// renewal ends the connection.
    public func startIdling() async throws(IMAPError) { try await pipeline.setIdling(true) }

    public func stopIdling() async throws(IMAPError) { try await pipeline.setIdling(false) }

    /// Asks for news of all mailboxes of one's own (RFC 5465); false where NOTIFY is not offered or refused.
    ///
    /// With `status` each mailbox's counts come at once, as events.
    public func notifyPersonal(status: Bool = false) async throws(IMAPError) -> Bool {
        guard capabilities.contains("NOTIFY") else { return false }
        let (answer, _) = try await pipeline.run(.notify(.personal(status: status)), collecting: NoCollector())
        return answer.condition == .ok
    }

    /// Ends what ``notifyPersonal(status:)`` asked for; without it the server tells of the open mailbox alone.
    public func notifyNone() async throws(IMAPError) {
        _ = try await pipeline.run(.notify(.none), collecting: NoCollector())
    }
}

extension IMAP.FetchItem {
    var isBody: Bool {
        switch self {
        case .body, .binary, .binarySize: true
        default: false
        }
    }
}

extension IMAP.Capabilities {
    /// The items of FETCH that this server knows.
    func supported(_ items: [IMAP.FetchItem]) -> [IMAP.FetchItem] {
        items.filter { item in
            switch item {
            case .uid, .flags, .internalDate, .size, .envelope, .bodyStructure, .body: true
            case .modSeq: hasCondStore
            case .binary, .binarySize: hasBinary
            case .emailID, .threadID: hasObjectID
            case .gmailMessageID, .gmailThreadID, .gmailLabels: hasGmailExtensions
            case .preview: contains("PREVIEW")
            case .saveDate: contains("SAVEDATE")
            }
        }
    }
}
