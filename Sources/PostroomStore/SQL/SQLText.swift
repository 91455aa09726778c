/// A statement as one database takes it, and in which order its parameters appear.
///
/// SQLite numbers `$n` by first appearance, not by n: the order is worked out once a statement so that arguments always bind
/// by their number.
struct SQLText: Sendable {
    let text: String
    /// The numbers of the parameters, from 1, by first appearance.
    let order: [Int]

    init(_ source: String, dialect: SQLDialect) {
        var text = ""
        var order: [Int] = []
        var rest = Substring(source)
        while let index = rest.firstIndex(where: { $0 == "$" || $0 == "{" }) {
            text += rest[..<index]
            rest = rest[index...]
            var isSet = false
            var isTextSet = false
            if rest.hasPrefix("{in text $") {
                isTextSet = true
                rest = rest.dropFirst("{in text ".count)
            } else if rest.hasPrefix("{in $") {
                isSet = true
                rest = rest.dropFirst("{in ".count)
            }
            guard rest.first == "$" else {
                text.append(rest.removeFirst())
                continue
            }
            rest = rest.dropFirst()
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else {
                text.append("$")
                continue
            }
            rest = rest.dropFirst(digits.count)
            if !order.contains(number) { order.append(number) }
            if isSet || isTextSet {
                switch dialect {
                case .sqlite: text += "IN (SELECT value FROM json_each($\(number)))"
                case .postgres: text += "= ANY($\(number)::\(isTextSet ? "text" : "bigint")[])"
                }
                rest = rest.dropFirst()
            } else {
                text += "$\(number)"
            }
        }
        self.text = text + rest
        self.order = order
    }
}
