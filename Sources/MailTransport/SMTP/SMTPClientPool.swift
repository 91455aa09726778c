import MailProtocol

/// One ``SMTPClient`` for each account and server, so that messages that follow each other share a session.
///
/// A session nobody uses leaves by itself after ``SMTPOptions/reuseLimit``; what stays here then is a name and a password.
public actor SMTPClientPool {
    private struct Key: Hashable {
        var endpoint: ServerEndpoint
        var login: String
        var pin: [UInt8]?
    }

    private struct Entry {
        var client: SMTPClient
        var credentials: Credentials?
        var lastUse: ContinuousClock.Instant
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]

    /// - Parameter capacity: how many clients are remembered; the one unused for longest is forgotten first.
    public init(capacity: Int = 64) { self.capacity = max(1, capacity) }

    /// The client for this account; a new one where the password or the token has changed.
    public func client(for endpoint: ServerEndpoint, credentials: Credentials?, options: SMTPOptions) -> SMTPClient {
        let key = Key(endpoint: endpoint, login: credentials?.login ?? "", pin: options.connection.pinnedCertificate)
        if var entry = entries[key], entry.credentials == credentials {
            entry.lastUse = .now
            entries[key] = entry
            return entry.client
        }
        let client = SMTPClient(endpoint: endpoint, credentials: credentials, options: options)
        entries[key] = Entry(client: client, credentials: credentials, lastUse: .now)
        if entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key { entries[oldest] = nil }
        return client
    }

    /// Forgets an account's client, when the account goes.
    public func forget(_ endpoint: ServerEndpoint, login: String) {
        for key in entries.keys where key.endpoint == endpoint && key.login == login { entries[key] = nil }
    }
}
