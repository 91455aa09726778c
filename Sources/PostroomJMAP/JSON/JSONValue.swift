/// A JSON value as I-JSON allows it (RFC 7493); numbers are kept as they were written.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Any number that is not a plain integer of 64 bits, in its own digits.
    case decimal(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    public var isNull: Bool { self == .null }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let items) = self { items } else { nil }
    }

    public var object: JSONObject? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The number where it is whole and within ±(2^53 - 1): the `Int` of RFC 8620 §1.3.
    public var integer: Int? {
        let limit: Int64 = 9_007_199_254_740_991
        switch self {
        case .int(let number):
            return number >= -limit && number <= limit ? Int(number) : nil
        case .decimal(let digits):
            guard let number = Double(digits), number.rounded() == number, abs(number) <= Double(limit) else { return nil }
            return Int(number)
        default:
            return nil
        }
    }
}

/// The members of a JSON object in the order they were written; no name occurs twice.
public struct JSONObject: Sendable, Equatable {
    public private(set) var entries: [(key: String, value: JSONValue)] = []
    /// Places by name, kept only once there are more than a look over them is worth.
    private var places: [String: Int] = [:]

    public init() {}

    public init(_ entries: [(String, JSONValue)]) {
        for (key, value) in entries { set(key, to: value) }
    }

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    public subscript(_ key: String) -> JSONValue? { place(of: key).map { entries[$0].value } }

    /// Adds a member; false where the name is there already.
    mutating func append(_ key: String, _ value: JSONValue) -> Bool {
        guard place(of: key) == nil else { return false }
        entries.append((key, value))
        if entries.count > 12 {
            if places.isEmpty {
                for (place, entry) in entries.enumerated() { places[entry.key] = place }
            } else {
                places[key] = entries.count - 1
            }
        }
        return true
    }

    public mutating func set(_ key: String, to value: JSONValue) {
        if let place = place(of: key) {
            entries[place].value = value
        } else {
            _ = append(key, value)
        }
    }

    private func place(of key: String) -> Int? {
        places.isEmpty ? entries.firstIndex { $0.key == key } : places[key]
    }

    /// Order does not matter.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    }
}
