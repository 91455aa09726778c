import MailMIME
import PostroomCore

/// Finds the bytes behind a blobId, within one account. An upload is there for who made it, and for nobody else (RFC 8620 §6.1).
struct BlobReader {
    let ports: JMAPPorts
    let account: AccountID
    let user: UserID

    init(ports: JMAPPorts, account: AccountID, user: UserID) {
        self.ports = ports
        self.account = account
        self.user = user
    }

    init(_ context: RequestContext, account: AccountID) {
        self.init(ports: context.ports, account: account, user: context.user.id)
    }

    /// nil where there is no such blob in this account.
    func bytes(_ text: String) async throws -> [UInt8]? {
        guard let name = BlobName(text) else { return nil }
        return try await bytes(name)
    }

    func bytes(_ name: BlobName) async throws -> [UInt8]? {
        switch name {
        case .content(let id): return try await ports.mail.blob(id, of: account, for: user)
        case .message(let id): return try await source(of: id)
        case .part(let id, let path): return try await source(of: id).flatMap { Self.part(path, of: $0) }
        case .contentPart(let id, let path):
            return try await ports.mail.blob(id, of: account, for: user).flatMap { Self.part(path, of: $0) }
        }
    }

    private static func part(_ path: [Int], of source: [UInt8]) -> [UInt8]? {
        var bytes = source
        for index in path {
            let message = MIMEMessage.opened(bytes)
            guard message.parts.indices.contains(index), !message.parts[index].isMultipart else { return nil }
            bytes = message.decodedBody(of: index)
        }
        return bytes
    }

    /// An email's source, fetched from its server where only the header is here; nil where there is no such email or no source.
    ///
    /// `willFetch` is called before a server is asked.
    func source(of id: EmailID, willFetch: () throws -> Void = {}) async throws -> [UInt8]? {
        if let source = try await ports.mail.source(of: id, account: account) { return source }
        guard let email = try await ports.mail.emails([id], of: account).first else { return nil }
        if case .quarantined = email.body { return nil }
        // It may have come in between the two looks: then the third one, before the server is asked, finds it.
        if email.body == .headers { try willFetch() }
        do {
            return try await ports.sources.fetchSource(id, account: account)
        } catch SourceError.gone {
            return nil
        }
    }

    /// The message of an email for its body properties. Where the source can't be had for good, its header alone.
    func message(of email: EmailRecord) async throws -> MIMEMessage {
        switch email.body {
        case .stored, .headers:
            if let source = try await source(of: email.id) { return MIMEMessage.opened(source) }
            return MIMEMessage.opened(HeaderOnlySource.bytes(email))
        case .quarantined:
            return MIMEMessage.opened(HeaderOnlySource.bytes(email))
        }
    }
}
