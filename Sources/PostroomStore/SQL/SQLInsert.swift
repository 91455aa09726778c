/// Rows of a table, all with the same columns: a statement for one, and what a database needs that takes many at once.
struct SQLInsert: Sendable {
    let table: String
    let columns: [String]
    let statement: String

    init(into table: String, _ columns: [String]) {
        self.table = table
        self.columns = columns
        let marks = (1...columns.count).map { "$\($0)" }.joined(separator: ", ")
        statement = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))"
    }
}
