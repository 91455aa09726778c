import PostroomCore

/// Makes the full text index anew from the stored mail.
///
/// The index is not copied with the mail: what moves is what can't be made again.
struct Reindex {
    let connection: any SQLConnection

    func run(progress: (Int, Int) -> Void) throws {
        // An email that comes back is looked up by this: its row of the old index is not in the new one.
        try connection.execute("UPDATE removed_emails SET indexed = 0", [])
        let total = try connection.row("SELECT count(*) FROM emails WHERE indexed > 0")?.int(0) ?? 0
        var done = 0
        let reader = MessageReader()
        for row in try connection.rows("SELECT account_id FROM account_states ORDER BY account_id") {
            let transaction = try AccountTransaction(row.id(0), connection: connection, now: Timestamp(milliseconds: 0))
            var last: Int64 = -1
            while true {
                let rows = try connection.rows(
                    """
                    SELECT \(EmailRow.columns), e.indexed, b.data, b.size, b.is_compressed FROM emails e
                    LEFT JOIN blobs b ON b.account_id = e.account_id AND b.hash = e.blob
                    WHERE e.account_id = $1 AND e.id > $2 AND e.indexed > 0 ORDER BY e.id LIMIT 50
                    """, [transaction.account.sql, last.sql])
                guard let end = rows.last else { break }
                last = end.int64(0)
                try transaction.index(try rows.map { try entry($0, reader) })
                done += rows.count
                progress(done, total)
            }
        }
    }

    private func entry(_ row: SQLRow, _ reader: MessageReader) throws -> (email: EmailID, text: SearchText) {
        let isWhole = row.int(16) == IndexLevel.all.rawValue && !row.isNull(17)
        guard isWhole else {
            let content = EmailRow.record(row).content
            return (row.id(0), SearchText(of: content, body: ""))
        }
        let source = try PackedBlob.unpack(row.bytes(17), size: row.int(18), isCompressed: row.bool(19))
        return (row.id(0), reader.read(source).searchText)
    }
}
