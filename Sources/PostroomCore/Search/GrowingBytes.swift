/// Octets that are written where they go: an array asks at each of them whether it is the only one that has them.
package struct GrowingBytes: ~Copyable {
    package private(set) var base: UnsafeMutablePointer<UInt8>
    private var capacity = 256
    package var count = 0

    package init() { base = .allocate(capacity: capacity) }

    deinit { base.deallocate() }

    /// Makes room for so many in all. What is there up to that place stays.
    package mutating func reserve(upTo end: Int) {
        if end > capacity { grow(to: end) }
    }

    private mutating func grow(to end: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: end * 2)
        larger.update(from: base, count: capacity)
        base.deallocate()
        base = larger
        capacity = end * 2
    }

    package var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

    /// Up to seven octets packed as in ``ScalarTable``; needs room for eight.
    @inline(__always)
    func put(_ packed: UInt64, at end: inout Int) {
        UnsafeMutableRawPointer(base + end).storeBytes(of: (packed >> 8).littleEndian, as: UInt64.self)
        end += Int(packed & 0xFF)
    }
}
