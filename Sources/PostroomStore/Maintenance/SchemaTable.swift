/// A table as the schema of the embedded database describes it; PostgreSQL has the same ones.
struct SchemaTable: Sendable {
    var name: String
    var columns: [String]
    /// The primary key, in its order.
    var key: [String]
    /// Ids come from a counter that outlives the rows.
    var hasCounter: Bool

    /// What is each database's own and never moves: the index is made anew, nodes and leases are of running servers.
    private static let own: Set<String> = ["migrations", "nodes", "leases", "search_segments", "search_blocks"]

    /// Every table whose rows a copy takes along, those that others refer to first.
    static func all(_ sqlite: any SQLConnection) throws -> [SchemaTable] {
        let names = try sqlite.rows(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).map { $0.text(0) }.filter { !own.contains($0) }
        let counted = Set(try sqlite.rows("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'").map { $0.text(0) })
        var waiting = try names.map { name in
            let columns = try sqlite.rows("SELECT name, pk FROM pragma_table_info('\(name)') ORDER BY cid")
            let key = columns.filter { $0.int(1) > 0 }.sorted { $0.int(1) < $1.int(1) }
            let parents = try sqlite.rows("SELECT \"table\" FROM pragma_foreign_key_list('\(name)')").map { $0.text(0) }
            return (
                table: SchemaTable(
                    name: name, columns: columns.map { $0.text(0) }, key: key.map { $0.text(0) }, hasCounter: counted.contains(name)),
                parents: Set(parents).subtracting([name])
            )
        }
        var tables: [SchemaTable] = []
        while !waiting.isEmpty {
            let done = Set(tables.map(\.name))
            let ready = waiting.filter { $0.parents.isSubset(of: done) }
            // The schema has no circles; one that got into it would be copied in any order rather than not at all.
            let next = ready.isEmpty ? waiting : ready
            tables += next.map(\.table)
            let taken = Set(next.map(\.table.name))
            waiting.removeAll { taken.contains($0.table.name) }
        }
        return tables
    }
}
