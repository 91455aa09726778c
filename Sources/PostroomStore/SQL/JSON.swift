import Foundation
import Synchronization

/// Small documents kept as JSON text: settings, verdicts, operations. Mail itself is not kept this way.
enum JSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}

/// Values of documents that are read over and over, by their text: what every request reads of an account changes now and then only.
final class JSONCache<Value: Decodable & Sendable>: Sendable {
    private let values = Mutex<[String: Value]>([:])
    private let most: Int

    init(most: Int = 1_000) {
        self.most = most
    }

    func value(_ text: String) throws -> Value {
        if let known = values.withLock({ $0[text] }) { return known }
        let value: Value = try JSON.value(text)
        values.withLock { values in
            if values.count >= most { values.removeAll() }
            values[text] = value
        }
        return value
    }
}
