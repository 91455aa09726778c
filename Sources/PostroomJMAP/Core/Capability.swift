/// The capabilities of RFC 8620, 8621, 9404 and 9425 that Postroom has.
enum Capability: String, CaseIterable {
    case core = "urn:ietf:params:jmap:core"
    case mail = "urn:ietf:params:jmap:mail"
    case submission = "urn:ietf:params:jmap:submission"
    case blob = "urn:ietf:params:jmap:blob"
    case quota = "urn:ietf:params:jmap:quota"
}

/// What one request may cost (the core capability, RFC 8620 §2).
public struct JMAPLimits: Sendable, Hashable {
    /// Octets of one upload: above what any mail provider lets through.
    public var maxSizeUpload = 75_000_000
    public var maxConcurrentUpload = 8
    public var maxSizeRequest = 20_000_000
    public var maxConcurrentRequests = 16
    public var maxCallsInRequest = 64
    public var maxObjectsInGet = 1_000
    public var maxObjectsInSet = 1_000
    /// Ids of one query: the rest is had with `position`.
    public var maxIdsInQuery = 10_000
    /// Octets of all attachments of one email.
    public var maxSizeAttachmentsPerEmail = 50_000_000
    public var maxSizeMailboxName = 255
    /// Seconds that a submission may be held back: 30 days.
    public var maxDelayedSend = 2_592_000
    /// Seconds that an upload is kept unless an email takes it over.
    public var uploadLifetime: Int64 = 86_400

    public init() {}
}
