import MailMIME

/// Reads message bytes into what the store keeps of them: the content that lists show and the words that search finds.
///
/// Never fails: what is wrong with a message stays its own matter. One instance serves one task.
public struct MessageReader {
    private let normalizer = SearchNormalizer()

    /// Octets of the longest message whose preview comes with its words, where those come later: until then it is made for each who asks.
    static let largestLatePreview = 256 << 10
    /// Bytes of UTF-8 of a message's text that are indexed.
    public static let longestText = 256 << 10

    public init() {}

    /// A whole message.
    public func read(_ source: [UInt8]) -> (content: EmailContent, searchText: SearchText) {
        let message = MIMEMessage.opened(source)
        let content = Self.content(of: message)
        return (content, searchText(of: message, content))
    }

    /// A whole message that came from its server.
    private func readArrived(_ source: [UInt8], indexesLater: Bool) -> Arrived {
        let message = MIMEMessage.opened(source)
        let content = Self.content(of: message, previewsLater: indexesLater && source.count <= Self.largestLatePreview)
        return Arrived(
            content: content, searchText: indexesLater ? nil : searchText(of: message, content), report: IncomingReport(message, content))
    }

    private struct Arrived {
        var content: EmailContent
        var searchText: SearchText?
        var report: IncomingReport?
    }

    /// The words of whole messages alone.
    func words(of sources: [(email: EmailID, source: [UInt8])]) -> IndexBatch {
        normalizer.batch { batch in
            for (email, source) in sources {
                let message = MIMEMessage.opened(source)
                let content = Self.content(of: message, size: source.count)
                let texts = message.searchTexts(limit: Self.longestText)
                normalizer.add(email, content, bodies: texts, fileNames: Self.fileNames(of: message, content), to: &batch)
                batch.previews.append(message.preview(texts: texts))
            }
        }
    }

    private func searchText(of message: MIMEMessage, _ content: EmailContent) -> SearchText {
        normalizer.text(
            of: content, bodies: message.searchTexts(limit: Self.longestText), fileNames: Self.fileNames(of: message, content))
    }

    private static func fileNames(of message: MIMEMessage, _ content: EmailContent) -> [String] {
        message.parts.count > 1 || content.hasAttachment ? message.parts.prefix(200).compactMap(\.filename) : []
    }

    private static func content(of message: MIMEMessage, previewsLater: Bool = false) -> EmailContent {
        var content = content(of: message, size: message.source.count)
        content.hasAttachment = message.hasAttachment
        if !previewsLater { content.preview = message.preview() }
        return content
    }

    /// A header alone; `size` is that of the whole message on the server.
    public func read(header: [UInt8], size: Int, hasAttachment: Bool) -> (content: EmailContent, searchText: SearchText) {
        let content = Self.content(ofHeader: header, size: size, hasAttachment: hasAttachment)
        return (content, normalizer.text(of: content, body: ""))
    }

    private static func content(ofHeader header: [UInt8], size: Int, hasAttachment: Bool) -> EmailContent {
        var content = content(of: MIMEMessage.parseHeaders(header), size: size)
        content.hasAttachment = hasAttachment
        return content
    }

    private static func content(of message: MIMEMessage, size: Int) -> EmailContent {
        EmailContent(size: size, message.lastEnvelope)
    }

    /// Messages as they came from the server, ready for the store.
    ///
    /// `indexesLater`: whole messages come without their words, which ``SearchIndexing`` makes when there is time. `sourcesFollow`: so do the
    /// headers of messages whose sources, with all their words, are fetched next.
    func read(
        _ messages: [ServerMessage], scope: FetchScope, indexesLater: Bool = false, sourcesFollow: Bool = false,
        then finish: (IncomingEmail) -> IncomingEmail = { $0 }
    ) -> [IncomingEmail] {
        // A message after the other through all of it: its bytes are still at hand.
        messages.map { message in
            let read: Arrived
            var source: [UInt8]?
            if message.isDeleted {
                // It shows nowhere: its header, where that came, tells what it is a copy of.
                let content = message.bytes.map { Self.content(ofHeader: $0, size: message.size, hasAttachment: false) }
                return finish(Self.incoming(message, content ?? EmailContent(size: message.size)))
            }
            switch (scope, message.bytes) {
            case (.source, let bytes?):
                read = readArrived(bytes, indexesLater: indexesLater)
                source = bytes
            case (.header, let bytes?), (.envelope, let bytes?), (.listing, let bytes?):
                let content = Self.content(ofHeader: bytes, size: message.size, hasAttachment: message.hasAttachment ?? false)
                let hasWordsLater = sourcesFollow && message.size <= FetchBatches.largeMessage
                read = Arrived(content: content, searchText: hasWordsLater ? nil : normalizer.text(of: content, body: ""))
            default:
                read = Arrived(content: EmailContent(size: message.size), searchText: SearchText())
            }
            return finish(Self.incoming(message, read.content, source: source, searchText: read.searchText, report: read.report))
        }
    }

    private static func incoming(
        _ message: ServerMessage, _ content: EmailContent, source: [UInt8]? = nil, searchText: SearchText? = nil,
        report: IncomingReport? = nil
    ) -> IncomingEmail {
        IncomingEmail(
            uid: message.uid, modSeq: message.modSeq, keywords: KeywordMap.keywords(of: message.flags), receivedAt: message.receivedAt,
            content: content, source: source, searchText: searchText, serverEmailID: message.emailID, serverThreadID: message.threadID,
            isDeleted: message.isDeleted, report: report)
    }

    /// The same, beside the threads that people wait for where it takes long.
    static func read(
        _ messages: [ServerMessage], scope: FetchScope, indexesLater: Bool = false, sourcesFollow: Bool = false,
        then finish: @escaping @Sendable (IncomingEmail) -> IncomingEmail = { $0 }
    ) async -> [IncomingEmail] {
        await inBackground(messages) {
            MessageReader().read(messages, scope: scope, indexesLater: indexesLater, sourcesFollow: sourcesFollow, then: finish)
        }
    }

    static func read(_ messages: [ServerMessage], emails: [UInt32: EmailID], indexesLater: Bool) async -> [IncomingSource] {
        await inBackground(messages) { MessageReader().read(messages, emails: emails, indexesLater: indexesLater) }
    }

    private static func inBackground<Value: Sendable>(
        _ messages: [ServerMessage], _ work: @escaping @Sendable () -> Value
    ) async -> Value {
        let octets = messages.reduce(0) { $0 + ($1.bytes?.count ?? 0) }
        return octets > BackgroundThreads.fewOctets ? await BackgroundThreads.shared.run(work) : work()
    }

    /// Sources of emails that are here by their headers.
    func read(_ messages: [ServerMessage], emails: [UInt32: EmailID], indexesLater: Bool) -> [IncomingSource] {
        messages.compactMap { message in
            guard let bytes = message.bytes, let email = emails[message.uid] else { return nil }
            return source(bytes, of: email, indexesLater: indexesLater)
        }
    }

    /// The source of one email that is here by its header.
    func source(_ bytes: [UInt8], of email: EmailID, indexesLater: Bool = false) -> IncomingSource {
        let read = readArrived(bytes, indexesLater: indexesLater)
        return IncomingSource(emailID: email, source: bytes, content: read.content, searchText: read.searchText, report: read.report)
    }
}
