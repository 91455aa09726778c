/// A person who signs in to Postroom.
public struct User: Sendable, Hashable {
    public let id: UserID
    /// What the person types to sign in: unique, compared without case.
    public var name: String
    public var displayName: String
    public var isAdmin: Bool
    public var isDisabled: Bool
    public var profile: Profile
    public var createdAt: Timestamp

    public init(
        id: UserID, name: String, displayName: String, isAdmin: Bool, isDisabled: Bool = false, profile: Profile = Profile(),
        createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.isAdmin = isAdmin
        self.isDisabled = isDisabled
        self.profile = profile
        self.createdAt = createdAt
    }
}

/// A user's settings of the page: language and how dates and times are written.
public struct Profile: Sendable, Hashable, Codable {
    /// `en`, `ru`, or empty: as the browser says.
    public var language: String
    /// `auto`, `yyyy-MM-dd`, `dd.MM.yyyy`, `MM/dd/yyyy` or `dd/MM/yyyy`.
    public var dateFormat: String
    /// `auto`, `24h` or `12h`.
    public var timeFormat: String
    /// An IANA name such as `Europe/Moscow`, or empty: as the browser says.
    public var timeZone: String

    public init(language: String = "", dateFormat: String = "auto", timeFormat: String = "auto", timeZone: String = "") {
        self.language = language
        self.dateFormat = dateFormat
        self.timeFormat = timeFormat
        self.timeZone = timeZone
    }
}

/// A signed-in browser. Only the hash of its cookie's token is kept.
public struct Session: Sendable, Hashable {
    public var userID: UserID
    public var tokenHash: [UInt8]
    public var createdAt: Timestamp
    public var expiresAt: Timestamp

    public init(userID: UserID, tokenHash: [UInt8], createdAt: Timestamp, expiresAt: Timestamp) {
        self.userID = userID
        self.tokenHash = tokenHash
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A token with which a program acts as a user (Bearer, RFC 6750). Only its hash is kept.
public struct AccessToken: Sendable, Hashable {
    public var id: ID<AccessToken>
    public var userID: UserID
    public var name: String
    public var createdAt: Timestamp
    public var expiresAt: Timestamp?
    public var lastUsedAt: Timestamp?

    public init(
        id: ID<AccessToken>, userID: UserID, name: String, createdAt: Timestamp, expiresAt: Timestamp? = nil, lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}
