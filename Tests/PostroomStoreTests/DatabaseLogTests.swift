import Foundation
import PostroomCore
import PostroomStore
import Testing

@Suite("What a program leaves in SQLite's log", .enabled(if: !PostgresServer.isWanted))
struct DatabaseLogTests {
    private func octets(_ path: String) -> Int { (FileManager.default.contents(atPath: path) ?? Data()).count }

    @Test("a little stays there and is found by the next start, much is moved into the database file")
    func kept() async throws {
        let fixture = try await StoreFixture()
        let log = fixture.folder + "/postroom.db-wal"
        try await fixture.store.setSetting("a", to: "b")
        try fixture.store.close()
        #expect(octets(log) > 0)
        let folder = try fixture.copyOfFolder()
        let next = try await SQLStore.open(folder: folder.path, clock: fixture.clock)
        #expect(try await next.setting("a") == "b")
        let bytes = (0..<2_000_000).map { _ in UInt8.random(in: 0...255) }
        let blob = try await next.addUpload(bytes, type: "a/b", expiresAt: fixture.clock.now(), of: fixture.account, by: fixture.user.id)
        #expect(octets(folder.path + "/postroom.db-wal") > 2_000_000)
        try next.close()
        #expect(octets(folder.path + "/postroom.db-wal") == 0)
        let moved = try folder.copy()
        let last = try await SQLStore.open(folder: moved.path, clock: fixture.clock)
        #expect(try await last.blob(blob, of: fixture.account) == bytes)
        try last.close()
    }
}
