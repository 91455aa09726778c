/// One connected mailbox account of one provider. Its credential is kept sealed beside it, never in it.
public struct Account: Sendable, Hashable {
    public let id: AccountID
    public var userID: UserID
    public var providerID: ProviderID
    /// The mailbox's address as the person typed it, trimmed.
    public var address: String
    /// What the servers are told at sign-in.
    public var login: String
    public var settings: AccountSettings
    public var status: AccountStatus
    /// Those who may use it beside its owner.
    public var shares: [AccountShare]
    public var createdAt: Timestamp

    public init(
        id: AccountID, userID: UserID, providerID: ProviderID, address: String, login: String, settings: AccountSettings,
        status: AccountStatus = AccountStatus(), shares: [AccountShare] = [], createdAt: Timestamp
    ) {
        self.id = id
        self.userID = userID
        self.providerID = providerID
        self.address = address
        self.login = login
        self.settings = settings
        self.status = status
        self.shares = shares
        self.createdAt = createdAt
    }

    /// What it is shared with a user for; nil: not at all, or it is his own.
    public func right(of userID: UserID) -> ShareRight? { shares.first { $0.userID == userID }?.right }
}

/// What the account's owner chooses.
public struct AccountSettings: Sendable, Hashable, Codable {
    /// How the account is called in lists; empty: its address.
    public var displayName: String
    public var receiveEnabled: Bool
    public var sendEnabled: Bool
    /// Preferred for sending among the owner's accounts.
    public var isDefault: Bool
    public var isPaused: Bool
    /// How far back mail is mirrored, in days; nil: all of it.
    public var historyDays: Int?
    /// Paths of folders that are not mirrored.
    public var excludedFolders: [String]

    public init(
        displayName: String = "", receiveEnabled: Bool = true, sendEnabled: Bool = true, isDefault: Bool = false, isPaused: Bool = false,
        historyDays: Int? = nil, excludedFolders: [String] = []
    ) {
        self.displayName = displayName
        self.receiveEnabled = receiveEnabled
        self.sendEnabled = sendEnabled
        self.isDefault = isDefault
        self.isPaused = isPaused
        self.historyDays = historyDays
        self.excludedFolders = excludedFolders
    }
}

/// What is known of the account's health, from evidence only.
public struct AccountStatus: Sendable, Hashable, Codable {
    public enum Phase: String, Sendable, Codable {
        /// No attempt since Postroom started.
        case idle
        case connecting
        /// Mail is being fetched; `done` of `total` messages.
        case syncing
        /// Compared with the server at `lastSyncedAt`: nothing is missing.
        case upToDate
        /// A failure that passes: tried again at `retryAt`.
        case waiting
        /// A failure that a person must mend.
        case needsAttention
        case paused
    }

    public var phase: Phase
    public var done: Int
    public var total: Int
    public var lastProofOfLife: Timestamp?
    public var lastSyncedAt: Timestamp?
    public var retryAt: Timestamp?
    public var diagnosis: Diagnosis?
    /// While mail is being fetched: seconds until it is all here, by the pace so far; nil before there is a pace.
    public var secondsLeft: Int?
    /// From INTERNALDATE to visible, of the newest message that arrived while the account was watched; in milliseconds. INTERNALDATE has whole
    /// seconds, so that up to one of them is the clock's.
    public var lag: Int?
    /// The last time that nobody watched the server, and when what came meanwhile had been fetched.
    public var gap: SyncGap?

    public init(
        phase: Phase = .idle, done: Int = 0, total: Int = 0, lastProofOfLife: Timestamp? = nil, lastSyncedAt: Timestamp? = nil,
        retryAt: Timestamp? = nil, diagnosis: Diagnosis? = nil
    ) {
        self.phase = phase
        self.done = done
        self.total = total
        self.lastProofOfLife = lastProofOfLife
        self.lastSyncedAt = lastSyncedAt
        self.retryAt = retryAt
        self.diagnosis = diagnosis
    }
}

/// A time without a watch over the server that a comparison has closed since.
public struct SyncGap: Sendable, Hashable, Codable {
    /// The last proof of life before it.
    public var from: Timestamp
    /// The comparison with the server that closed it.
    public var closedAt: Timestamp

    public init(from: Timestamp, closedAt: Timestamp) {
        self.from = from
        self.closedAt = closedAt
    }
}
