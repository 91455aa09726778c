import Hummingbird
import NIOCore
import PostroomCore
import PostroomJMAP

/// The members of a JSON request body, taken one by one with their type checked; what is left over is an error.
struct RequestBody {
    private var members: JSONObject
    private var taken: Set<String> = []
    private let prefix: String
    private(set) var problems: [Problem] = []

    /// Reads the body; an empty one is an empty object.
    init(_ request: Request, limit: Int = 1 << 20) async throws {
        let buffer = try await request.body.collect(upTo: limit)
        guard buffer.readableBytes > 0 else {
            self.init(JSONObject())
            return
        }
        do {
            let value = try JSONParser.parse(Array(buffer.readableBytesView))
            guard case .object(let members) = value else {
                throw Problem(.badRequest, details: ["reason": "The body is no JSON object."])
            }
            self.init(members)
        } catch let error as JSONError {
            throw Problem(.badRequest, details: ["reason": "JSON: \(error.reason) (\(error.position))"])
        }
    }

    init(_ members: JSONObject, prefix: String = "") {
        self.members = members
        self.prefix = prefix
    }

    /// True where the member is there, null or not.
    func has(_ name: String) -> Bool { members[name] != nil }

    /// True unless the member is missing, null or the empty text.
    func hasText(_ name: String) -> Bool { members[name].map { !$0.isNull && $0.string != "" } ?? false }

    mutating func string(_ name: String) -> String? {
        take(name, allowed: "text") { $0.string }
    }

    mutating func required(_ name: String) -> String {
        let text = string(name) ?? ""
        if text.isEmpty, !problems.contains(where: { $0.field == prefix + name }) {
            problems.append(Problem(.required, field: prefix + name, details: ["field": prefix + name]))
        }
        return text
    }

    mutating func bool(_ name: String) -> Bool? {
        take(name, allowed: "true, false") { $0.bool }
    }

    mutating func int(_ name: String) -> Int? {
        take(name, allowed: "a whole number") { $0.integer }
    }

    mutating func strings(_ name: String) -> [String]? {
        take(name, allowed: "a list of texts") { value in
            guard let items = value.array else { return nil }
            let texts = items.compactMap(\.string)
            return texts.count == items.count ? texts : nil
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        take(name, allowed: Choice.allCases.map(\.rawValue).joined(separator: ", ")) { $0.string.flatMap(Choice.init(rawValue:)) }
    }

    mutating func time(_ name: String) -> Timestamp? {
        take(name, allowed: "2026-11-23T15:26:00Z") { $0.string.flatMap(Timestamp.init(rfc3339:)) }
    }

    mutating func object(_ name: String) -> RequestBody? {
        take(name, allowed: "an object") { $0.object }.map { RequestBody($0, prefix: prefix + name + ".") }
    }

    /// A member that is null: to be cleared, where absent means to stay.
    func isNull(_ name: String) -> Bool { members[name]?.isNull == true }

    /// Members that are known and not of use here.
    mutating func ignore(_ names: String...) { taken.formUnion(names) }

    mutating func add(_ problem: Problem) { problems.append(problem) }

    /// Brings the problems of a nested object in.
    mutating func finish(_ nested: RequestBody) {
        problems += nested.problems + nested.unknown
    }

    /// Throws what was wrong.
    func finish() throws { try Problems.raise(problems + unknown) }

    private var unknown: [Problem] {
        members.entries.map(\.key).filter { !taken.contains($0) }.map {
            Problem(.unknownMember, field: prefix + $0, details: ["field": prefix + $0])
        }
    }

    private mutating func take<Value>(_ name: String, allowed: String, _ read: (JSONValue) -> Value?) -> Value? {
        taken.insert(name)
        guard let value = members[name], !value.isNull else { return nil }
        guard let result = read(value) else {
            var writer = JSONWriter()
            writer.value(value)
            let text = value.string ?? String(decoding: writer.bytes.prefix(100), as: UTF8.self)
            problems.append(
                Problem(.invalidValue, field: prefix + name, details: ["field": prefix + name, "value": text, "allowed": allowed]))
            return nil
        }
        return result
    }
}
