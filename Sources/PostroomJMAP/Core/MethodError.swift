import PostroomCore

/// A method-level error (RFC 8620 §3.6.2): the whole call failed.
struct MethodError: Error {
    var type: String
    var description: String?

    init(_ type: String, _ description: String? = nil) {
        self.type = type
        self.description = description
    }

    static func invalidArguments(_ description: String) -> MethodError { MethodError("invalidArguments", description) }

    /// What a failure of the store or of the mail server means to a client.
    init(_ error: any Error) {
        switch error {
        case let error as MethodError: self = error
        case StoreError.stateMismatch: self.init("stateMismatch")
        case StoreError.cannotCalculateChanges: self.init("cannotCalculateChanges")
        case StoreError.anchorNotFound: self.init("anchorNotFound")
        case StoreError.unsupportedFilter(let what): self.init("unsupportedFilter", "Emails can't be filtered by \(what).")
        case StoreError.busy, StoreError.unavailable: self.init("serverUnavailable", "The store is busy. Try again.")
        case StoreError.overQuota: self.init("overQuota", "The account has no room left.")
        case StoreError.diskFull: self.init("serverFail", "The disk that holds the mail is full. An administrator must make room.")
        case StoreError.failed(let reason): self.init("serverFail", reason)
        case is CancellationError: self.init("serverUnavailable", "The server is stopping.")
        case SourceError.unavailable(let reason): self.init("serverUnavailable", reason)
        default: self.init("serverFail", "\(error)")
        }
    }

    func json() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("type", type)
        if let description { json.member("description", description) }
        json.endObject()
        return json.bytes
    }
}

/// Why one object of a /set was refused (RFC 8620 §5.3).
struct SetError: Error {
    var type: String
    var description: String?
    /// For invalidProperties.
    var properties: [String]?
    /// Further members, such as `existingId` or `notFound`.
    var details: [(String, JSONValue)] = []

    init(_ type: String, _ description: String? = nil, properties: [String]? = nil, details: [(String, JSONValue)] = []) {
        self.type = type
        self.description = description
        self.properties = properties
        self.details = details
    }

    /// The id of the object that is in the way.
    var existing: String? { details.first { $0.0 == "existingId" }?.1.string }

    static let notFound = SetError("notFound")

    /// Two parts of one object, each read for itself: where both are invalid, all that is wrong is named at once (RFC 8620 §5.3).
    static func both<First, Second>(_ first: Result<First, any Error>, _ second: Result<Second, any Error>) throws -> (First, Second) {
        if case .failure(let one as SetError) = first, case .failure(let other as SetError) = second,
            let names = one.properties, let more = other.properties, one.type == other.type
        {
            var error = one
            error.properties = names + more.filter { !names.contains($0) }
            throw error
        }
        return (try first.get(), try second.get())
    }

    static func invalidProperties(_ properties: [String], _ description: String) -> SetError {
        SetError("invalidProperties", description, properties: properties)
    }

    /// Where a patch goes below properties that have nothing below them that could be set alone (RFC 8620 §5.3).
    static func checkPaths(of patch: JSONObject, properties: [String]) throws {
        for (path, _) in patch.entries {
            guard let slash = path.firstIndex(of: "/"), properties.contains(String(path[..<slash])) else { continue }
            throw invalidPatch("\"\(path)\" leads into an array or to what is not there.")
        }
    }

    static func invalidPatch(_ description: String) -> SetError { SetError("invalidPatch", description) }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("type", type)
        if let description { json.member("description", description) }
        if let properties { json.member("properties", properties) }
        for (name, value) in details {
            json.key(name)
            json.value(value)
        }
        json.endObject()
    }
}
