import Foundation

/// Where the product takes the time of day from, so that tests can set it.
public protocol Clock: Sendable {
    func now() -> Timestamp
}

/// The machine's clock.
public struct SystemClock: Clock {
    public init() {}

    public func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}
