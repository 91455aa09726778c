/// One method call of a request: name, arguments, the client's id.
struct MethodCall: Sendable {
    var name: String
    var arguments: JSONObject
    var id: String
}

/// The Request object (RFC 8620 §3.3).
struct Request: Sendable {
    var using: Set<Capability>
    var calls: [MethodCall]
    /// nil: the client does not want them back.
    var createdIDs: [String: String]?

    /// Throws `RequestProblem`.
    init(_ bytes: [UInt8], limits: JMAPLimits) throws {
        guard bytes.count <= limits.maxSizeRequest else {
            throw RequestProblem.limit("maxSizeRequest", "A request may have \(limits.maxSizeRequest) octets.")
        }
        let json: JSONValue
        do {
            json = try JSONParser.parse(bytes)
        } catch let error as JSONError {
            throw RequestProblem("notJSON", "The request is no I-JSON: \(error.reason) at octet \(error.position).")
        }
        func notRequest(_ detail: String) -> RequestProblem { RequestProblem("notRequest", detail) }
        guard let object = json.object else { throw notRequest("The request is no object.") }
        guard let names = object["using"]?.array else { throw notRequest("\"using\" must be an array of capabilities.") }
        using = []
        for name in names {
            guard let name = name.string else { throw notRequest("\"using\" must be an array of capabilities.") }
            guard let capability = Capability(rawValue: name) else {
                throw RequestProblem("unknownCapability", "This server does not know the capability \"\(name)\".")
            }
            using.insert(capability)
        }
        guard let items = object["methodCalls"]?.array else { throw notRequest("\"methodCalls\" must be an array of invocations.") }
        guard items.count <= limits.maxCallsInRequest else {
            throw RequestProblem.limit("maxCallsInRequest", "A request may have \(limits.maxCallsInRequest) method calls.")
        }
        calls = try items.map { item in
            guard let parts = item.array, parts.count == 3, let name = parts[0].string, let arguments = parts[1].object,
                let id = parts[2].string
            else { throw notRequest("An invocation is an array of a name, an object of arguments and a call id.") }
            return MethodCall(name: name, arguments: arguments, id: id)
        }
        guard let created = object["createdIds"], !created.isNull else { return }
        guard let map = created.object else { throw notRequest("\"createdIds\" must be a map to ids.") }
        createdIDs = [:]
        for (name, id) in map.entries {
            guard let id = id.string, JMAPID.isValid(id), JMAPID.isValid(name) else {
                throw notRequest("\"createdIds\" must be a map to ids.")
            }
            createdIDs?[name] = id
        }
    }
}
