/// A request-level error (RFC 8620 §3.6.1), answered as an RFC 7807 problem document.
public struct RequestProblem: Error, Sendable, Hashable {
    public var type: String
    public var status: Int
    public var detail: String
    /// The limit that was exceeded, for type `limit`.
    public var limit: String?

    public init(_ type: String, status: Int = 400, _ detail: String, limit: String? = nil) {
        self.type = "urn:ietf:params:jmap:error:" + type
        self.status = status
        self.detail = detail
        self.limit = limit
    }

    public static func limit(_ name: String, status: Int = 400, _ detail: String) -> RequestProblem {
        RequestProblem("limit", status: status, detail, limit: name)
    }

    /// The document, `application/problem+json`.
    public func json() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("type", type)
        json.member("status", status)
        json.member("detail", detail)
        if let limit { json.member("limit", limit) }
        json.endObject()
        return json.bytes
    }
}
