import Testing

@testable import PostroomStore

@Suite("Bytes as they are stored")
struct PackedBlobTests {
    @Test("compressors that are used again, by several tasks at once, give back what they were given, short after long")
    func reuse() async throws {
        let words = Array("From: anna@example.test\r\nSubject: on what day shall we meet\r\n".utf8)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for size in [0, 63, 64, 12_000, 3_000_000, 500, 12_001, 200] {
                        let bytes = (0..<size).map { words[($0 + task * 7) % words.count] ^ UInt8(truncatingIfNeeded: $0 >> 12) }
                        let packed = PackedBlob(bytes)
                        #expect(packed.isCompressed == (size >= 200))
                        let unpacked = try PackedBlob.unpack(packed.data, size: size, isCompressed: packed.isCompressed)
                        #expect(unpacked == bytes)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
