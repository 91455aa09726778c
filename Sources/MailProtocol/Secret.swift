/// Bytes that must not be seen: a password or a token.
///
/// Interpolation, `print`, `dump`, mirrors and debuggers show `<secret>`; the type is not `Codable`. The bytes come out only
/// through ``withBytes(_:)`` and ``reveal()``, so that a search for these two names finds every place that handles a secret.
/// Equality takes the same time whatever the bytes are.
public struct Secret: Sendable, Equatable {
    private let bytes: [UInt8]

    /// Seals the UTF-8 form of a string.
    public init(_ string: String) { self.bytes = Array(string.utf8) }

    /// Seals raw bytes.
    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Whether there is nothing inside.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Lends the bytes for the time of one call.
    public func withBytes<Result, Failure: Error>(_ body: ([UInt8]) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(bytes)
    }

    /// The secret as text; bytes that are not UTF-8 become U+FFFD.
    public func reveal() -> String { String(decoding: bytes, as: UTF8.self) }

    public static func == (left: Secret, right: Secret) -> Bool {
        guard left.bytes.count == right.bytes.count else { return false }
        var difference: UInt8 = 0
        for index in left.bytes.indices { difference |= left.bytes[index] ^ right.bytes[index] }
        return difference == 0
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
