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

    @Test("a start that finds the schema current writes nothing")
    func unwritten() async throws {
        let fixture = try await StoreFixture()
        try await fixture.store.setSetting("a", to: "b")
        try fixture.store.close()
        let folder = try fixture.copyOfFolder()
        defer { withExtendedLifetime(folder) {} }
        let files = ["postroom.db", "postroom.db-wal"].map { folder.path + "/" + $0 }
        let before = files.map { FileManager.default.contents(atPath: $0) }
        let next = try await SQLStore.open(folder: folder.path, clock: fixture.clock)
        #expect(try await next.accounts(addressed: "X").isEmpty)
        #expect(try await next.setting("a") == "b")
        try next.close()
        #expect(files.map { FileManager.default.contents(atPath: $0) } == before)
    }

    @Test("a database without its log, or with an empty one, is read and written", arguments: [false, true])
    func withoutLog(isThere: Bool) async throws {
        let fixture = try await StoreFixture()
        try await fixture.store.setSetting("a", to: "b")
        let bytes = (0..<2_000_000).map { _ in UInt8.random(in: 0...255) }
        _ = try await fixture.store.addUpload(bytes, type: "a/b", expiresAt: fixture.clock.now(), of: fixture.account, by: fixture.user.id)
        try fixture.store.close()
        let folder = try fixture.copyOfFolder()
        defer { withExtendedLifetime(folder) {} }
        #expect(octets(folder.path + "/postroom.db-wal") == 0)
        if !isThere { try FileManager.default.removeItem(atPath: folder.path + "/postroom.db-wal") }
        let next = try await SQLStore.open(folder: folder.path, clock: fixture.clock)
        #expect(try await next.setting("a") == "b")
        try await next.setSetting("a", to: "c")
        #expect(try await next.setting("a") == "c")
        try next.close()
        await #expect(throws: StoreError.self) { try await next.setting("a") }
        await #expect(throws: StoreError.self) { try await next.setSetting("a", to: "d") }
    }

    @Test("a program that ends without closing has emptied a long log, and its store goes on until then")
    func settled() async throws {
        let fixture = try await StoreFixture()
        let bytes = (0..<2_000_000).map { _ in UInt8.random(in: 0...255) }
        let blob = try await fixture.store.addUpload(
            bytes, type: "a/b", expiresAt: fixture.clock.now(), of: fixture.account, by: fixture.user.id)
        #expect(octets(fixture.folder + "/postroom.db-wal") > 2_000_000)
        try fixture.store.settle()
        #expect(octets(fixture.folder + "/postroom.db-wal") == 0)
        #expect(try await fixture.store.blob(blob, of: fixture.account) == bytes)
        try await fixture.store.setSetting("a", to: "b")
        try fixture.store.settle()
        // As the files are when the process is gone.
        let folder = try fixture.copyOfFolder()
        defer { withExtendedLifetime(folder) {} }
        let next = try await SQLStore.open(folder: folder.path, clock: fixture.clock)
        #expect(try await next.setting("a") == "b")
        #expect(try await next.blob(blob, of: fixture.account) == bytes)
        try next.close()
    }
}
