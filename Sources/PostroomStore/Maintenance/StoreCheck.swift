import Crypto
import PostroomCore

/// Looks through a whole database for what does not fit together.
///
/// It reads one snapshot over a connection of its own, so that a server may go on working.
public struct StoreCheck: Sendable {
    public struct Report: Sendable {
        public var accounts = 0
        public var emails = 0
        public var blobs = 0
        public var secrets = 0
        /// A line each; empty where all is well.
        public var problems: [String] = []
    }

    public var place: StorePlace
    /// Opens what is sealed, as a proof that the key fits; nil: secrets are only counted.
    public var vault: (any Vault)?
    /// Unpack every stored message and compare it with its hash.
    public var readsBlobs: Bool

    public init(_ place: StorePlace, vault: (any Vault)?, readsBlobs: Bool = true) {
        self.place = place
        self.vault = vault
        self.readsBlobs = readsBlobs
    }

    /// `progress`: stored messages read so far, of how many. Throws `StoreError` where the database can't be read at all.
    public func run(progress: (Int, Int) -> Void = { _, _ in }) throws -> Report {
        let database = try MaintenanceDatabase(place)
        defer { try? database.close() }
        return try database.read { connection in
            var report = Report()
            report.problems += try Self.fileProblems(connection)
            // A damaged file: what it says of its contents is worth nothing.
            guard report.problems.isEmpty else { return report }
            try Self.requireKnownSchema(connection)
            for row in try connection.rows("SELECT account_id FROM account_states ORDER BY account_id") {
                report.accounts += 1
                let found = try IntegrityCheck.problems(of: row.id(0), connection)
                report.problems += found.map { "account \(row.int64(0)): \($0)" }
            }
            report.emails = try CopyTables.count("emails", connection)
            report.blobs = try CopyTables.count("blobs", connection)
            try secrets(connection, &report)
            if readsBlobs { try Self.blobProblems(connection, of: report.blobs, &report.problems, progress) }
            return report
        }
    }

    /// What SQLite says of its file. PostgreSQL looks after its own (data checksums, `pg_amcheck`).
    private static func fileProblems(_ connection: any SQLConnection) throws -> [String] {
        guard connection.dialect == .sqlite else { return [] }
        let lines = try connection.rows("PRAGMA integrity_check(100)").map { $0.text(0) }
        let broken = lines == ["ok"] ? [] : lines.map { "database file: \($0)" }
        let orphans = try connection.rows("PRAGMA foreign_key_check").prefix(100)
        return broken + orphans.map { "row of \($0.text(0)) refers to a row of \($0.text(2)) that is not there" }
    }

    /// A schema of a newer Postroom can't be judged, let alone written to.
    static func requireKnownSchema(_ connection: any SQLConnection) throws {
        let newest = try connection.row("SELECT max(number) FROM migrations")?.int(0) ?? 0
        guard newest <= Migration.newest else {
            throw StoreError.failed("the database was made by a newer Postroom (schema \(newest), this one knows \(Migration.newest))")
        }
    }

    private func secrets(_ connection: any SQLConnection, _ report: inout Report) throws {
        for sealed in try SealedColumn.values(connection) {
            report.secrets += 1
            guard let vault else { continue }
            if (try? vault.open(sealed.bytes, context: sealed.context)) == nil {
                report.problems.append("secret of \(sealed.context) does not open with the key")
            }
        }
    }

    private static func blobProblems(
        _ connection: any SQLConnection, of total: Int, _ problems: inout [String], _ progress: (Int, Int) -> Void
    ) throws {
        var last: [SQLValue] = [(-1).sql, [UInt8]().sql]
        var done = 0
        while true {
            let rows = try connection.rows(
                """
                SELECT account_id, hash, size, is_compressed, data FROM blobs WHERE (account_id, hash) > ($1, $2)
                ORDER BY account_id, hash LIMIT 16
                """, last)
            guard let end = rows.last else { return }
            last = Array(end.values.prefix(2))
            for row in rows {
                let bytes = try? PackedBlob.unpack(row.bytes(4), size: row.int(2), isCompressed: row.bool(3))
                if bytes == nil || Array(SHA256.hash(data: bytes ?? [])) != row.bytes(1) {
                    problems.append("account \(row.int64(0)): stored message \(BlobID(sha256: row.bytes(1)).hex) is damaged")
                }
            }
            done += rows.count
            progress(done, total)
        }
    }
}
