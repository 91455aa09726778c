/// One method's response: its name and its arguments as JSON.
struct MethodResponse: Sendable {
    var name: String
    var arguments: [UInt8]
}

/// The responses so far, for back-references (RFC 8620 §3.7). They are read as values only when one is referred to.
struct ResponseList {
    private var items: [(response: MethodResponse, callID: String, value: JSONValue?)] = []

    mutating func append(_ response: MethodResponse, callID: String) {
        items.append((response, callID, nil))
    }

    /// Replaces each `#name` argument by what it refers to.
    mutating func resolve(_ arguments: JSONObject) throws -> JSONObject {
        guard arguments.entries.contains(where: { $0.key.utf8.first == UInt8(ascii: "#") }) else { return arguments }
        var resolved = JSONObject()
        for (key, value) in arguments.entries {
            guard key.utf8.first == UInt8(ascii: "#") else {
                guard resolved.append(key, value) else { throw Self.doubled(key) }
                continue
            }
            let name = String(key.dropFirst())
            guard arguments[name] == nil else { throw Self.doubled(name) }
            guard resolved.append(name, try self.value(of: value)) else { throw Self.doubled(name) }
        }
        return resolved
    }

    private static func doubled(_ name: String) -> MethodError {
        .invalidArguments("\"\(name)\" is given twice, as itself and as a reference.")
    }

    private mutating func value(of reference: JSONValue) throws -> JSONValue {
        func invalid(_ description: String) -> MethodError { MethodError("invalidResultReference", description) }
        guard let object = reference.object, object.count == 3, let callID = object["resultOf"]?.string, let name = object["name"]?.string,
            let path = object["path"]?.string
        else { throw invalid("A reference has \"resultOf\", \"name\" and \"path\".") }
        guard let place = items.firstIndex(where: { $0.callID == callID }) else {
            throw invalid("There is no response \"\(callID)\" before.")
        }
        guard items[place].response.name == name else {
            throw invalid("The response \"\(callID)\" is \"\(items[place].response.name)\", not \"\(name)\".")
        }
        let value: JSONValue
        if let known = items[place].value {
            value = known
        } else {
            value = try JSONParser.parse(items[place].response.arguments)
            items[place].value = value
        }
        guard let result = Self.evaluate(path, in: value) else { throw invalid("\"\(path)\" leads nowhere.") }
        return result
    }

    /// A JSON pointer (RFC 6901) in which "*" stands for every item of an array.
    static func evaluate(_ path: String, in value: JSONValue) -> JSONValue? {
        if path.isEmpty { return value }
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        let tokens = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            .map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") }
        return evaluate(tokens[...], in: value)
    }

    private static func evaluate(_ tokens: ArraySlice<String>, in value: JSONValue) -> JSONValue? {
        guard let token = tokens.first else { return value }
        let rest = tokens.dropFirst()
        switch value {
        case .object(let object):
            return object[token].flatMap { evaluate(rest, in: $0) }
        case .array(let items) where token == "*":
            var results: [JSONValue] = []
            for item in items {
                guard let result = evaluate(rest, in: item) else { return nil }
                if case .array(let inner) = result { results += inner } else { results.append(result) }
            }
            return .array(results)
        case .array(let items):
            guard let index = Int(token), String(index) == token, items.indices.contains(index) else { return nil }
            return evaluate(rest, in: items[index])
        default:
            return nil
        }
    }
}
