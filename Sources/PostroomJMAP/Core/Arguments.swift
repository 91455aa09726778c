/// The arguments of a method call, read strictly: anything unknown or of the wrong type is invalidArguments.
struct Arguments {
    let object: JSONObject

    init(_ object: JSONObject, allowing names: Set<String>) throws {
        for (name, _) in object.entries where !names.contains(name) {
            throw MethodError.invalidArguments("There is no argument \"\(name)\".")
        }
        self.object = object
    }

    /// With anything else allowed.
    init(_ object: JSONObject) {
        self.object = object
    }

    /// The value, nil where it is absent or null.
    subscript(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    private func wrong(_ name: String, _ type: String) -> MethodError { .invalidArguments("\"\(name)\" must be \(type).") }

    func string(_ name: String) throws -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else { throw wrong(name, "a string") }
        return text
    }

    func requiredString(_ name: String) throws -> String {
        guard let text = try string(name) else { throw MethodError.invalidArguments("\"\(name)\" is missing.") }
        return text
    }

    func bool(_ name: String, default fallback: Bool = false) throws -> Bool {
        guard let value = self[name] else { return fallback }
        guard let flag = value.bool else { throw wrong(name, "a boolean") }
        return flag
    }

    func integer(_ name: String) throws -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = value.integer else { throw wrong(name, "an integer") }
        return number
    }

    func unsigned(_ name: String) throws -> Int? {
        guard let number = try integer(name) else { return nil }
        guard number >= 0 else { throw wrong(name, "an integer that is not negative") }
        return number
    }

    func strings(_ name: String) throws -> [String]? {
        guard let value = self[name] else { return nil }
        guard let items = value.array else { throw wrong(name, "an array of strings") }
        return try items.map { item in
            guard let text = item.string else { throw wrong(name, "an array of strings") }
            return text
        }
    }

    /// An array of Ids (RFC 8620 §1.2) or references to creation ids.
    func ids(_ name: String) throws -> [String]? {
        guard let texts = try strings(name) else { return nil }
        for text in texts where !JMAPID.isValidReference(text) {
            throw MethodError.invalidArguments("\"\(name)\" has \"\(text)\", which is no id.")
        }
        return texts
    }

    /// The same, references resolved where they can be, each once: answers may be maps by them, and a name stands in a map once.
    func distinctIDs(_ name: String, _ context: RequestContext) throws -> [String]? {
        guard let given = try ids(name) else { return nil }
        var seen: Set<String> = []
        return given.map { context.resolve($0) ?? $0 }.filter { seen.insert($0).inserted }
    }

    /// A map by id or creation id to objects.
    func objects(_ name: String) throws -> [(key: String, value: JSONObject)] {
        guard let value = self[name] else { return [] }
        guard let map = value.object else { throw wrong(name, "an object") }
        return try map.entries.map { entry in
            guard let object = entry.value.object else { throw wrong(name, "a map to objects") }
            return (entry.key, object)
        }
    }
}
