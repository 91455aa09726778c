import HTTPTypes
import Hummingbird
import NIOCore
import PostroomCore
import PostroomJMAP

// Literals, so that an answer is written in the code as it looks on the wire.
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONValue {
    static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func number(_ number: Int?) -> JSONValue { number.map { .int(Int64($0)) } ?? .null }
    static func time(_ time: Timestamp?) -> JSONValue { time.map { .string($0.description) } ?? .null }
    static func id<Of>(_ id: ID<Of>?) -> JSONValue { id.map { .string($0.description) } ?? .null }
    static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}

extension Response {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, type: String = "application/json") -> Response {
        var writer = JSONWriter()
        writer.value(value)
        return Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.bytes)))
    }

    static var noContent: Response { Response(status: .noContent) }
}
