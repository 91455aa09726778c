import PostroomCore
import Testing

@testable import PostroomStore

@Suite("Many new rows at once")
struct InsertTests {
    private static let insert = SQLInsert(into: "things", ["number", "words", "bytes", "small"])

    /// A table with every kind of column that a store has. To be held to the end: its files go with it.
    private func fixture() async throws -> StoreFixture {
        let fixture = try await StoreFixture()
        let (integer, bytes) = fixture.database == nil ? ("INTEGER", "BLOB") : ("BIGINT", "BYTEA")
        try await fixture.store.database.write(isDurable: false) {
            try $0.script(
                "CREATE TABLE things (number \(integer) PRIMARY KEY, words TEXT, bytes \(bytes), small \(integer) NOT NULL DEFAULT 7)")
        }
        return fixture
    }

    private func all(_ store: SQLStore) async throws -> [[SQLValue]] {
        try await store.database.read { try $0.rows("SELECT number, words, bytes, small FROM things ORDER BY number").map(\.values) }
    }

    private static func row(_ number: Int64, size: Int) -> [SQLValue] {
        [
            .integer(number == 0 ? .min : number == 1 ? .max : number - 50),
            number % 7 == 0 ? .null : .text("договор \(number)\t\\N\n\"'\\x00, NULL"),
            number % 5 == 0 ? .null : .blob((0..<size).map { UInt8(truncatingIfNeeded: $0 &+ Int(number)) }), .integer(-number),
        ]
    }

    @Test("they come as they were, few or many, small or larger than what is sent together", arguments: [(3, 4), (300, 0), (300, 70_000)])
    func whatever(_ count: Int, _ size: Int) async throws {
        let fixture = try await fixture()
        let store = fixture.store
        let rows = (0..<Int64(count)).map { Self.row($0, size: size) }
        try await store.database.write(isDurable: false) { try $0.insert(rows, Self.insert) }
        let expected = rows.sorted { if case (.integer(let left), .integer(let right)) = ($0[0], $1[0]) { left < right } else { false } }
        #expect(try await all(fixture.store) == expected)
    }

    @Test("one that is there already fails all of them, and the connection works on")
    func duplicate() async throws {
        let fixture = try await fixture()
        let store = fixture.store
        let rows = (0..<100 as Range<Int64>).map { Self.row($0, size: 9) }
        try await store.database.write(isDurable: false) { try $0.insert([rows[60]], Self.insert) }
        do {
            try await store.database.write(isDurable: false) { try $0.insert(rows, Self.insert) }
            Issue.record("it was taken twice")
        } catch StoreError.duplicate {}
        #expect(try await all(fixture.store) == [rows[60]])
        try await store.database.write(isDurable: false) { try $0.insert(Array(rows[..<60]), Self.insert) }
        #expect(try await all(fixture.store).count == 61)
    }

    @Test("what a column does not hold as it stands goes in one by one, as it would alone")
    func misfits() async throws {
        let fixture = try await fixture()
        let store = fixture.store
        let rows = (2..<60 as Range<Int64>).map { number in
            var row = Self.row(number, size: 9)
            if number == 12 { row[1] = .text("before\u{0}after") }
            return row
        }
        try await store.database.write(isDurable: false) { try $0.insert(rows, Self.insert) }
        #expect(try await all(fixture.store).count == rows.count)
        var missing = rows[3]
        missing[0] = .integer(1_000)
        missing[3] = .null
        let refused = Array(repeating: missing, count: 30)
        await #expect(throws: StoreError.self) { try await store.database.write(isDurable: false) { try $0.insert(refused, Self.insert) } }
        #expect(try await all(fixture.store).count == rows.count)
    }
}
