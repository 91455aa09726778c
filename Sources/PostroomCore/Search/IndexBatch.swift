/// The words of some emails by number, in the order in which they stand there: what a segment of the index is made of.
public struct IndexBatch: Sendable {
    public enum Field: Int, CaseIterable, Sendable {
        case subject, from, to, cc, bcc, body

        public var text: KeyPath<SearchText, String> & Sendable {
            switch self {
            case .subject: \.subject
            case .from: \.from
            case .to: \.to
            case .cc: \.cc
            case .bcc: \.bcc
            case .body: \.body
            }
        }
    }

    /// A word where it stands, in four octets.
    public struct Token: Sendable {
        private let packed: UInt32

        init(word: Int, field: UInt32) { packed = UInt32(word) << 3 | field }

        /// Its number in ``words``.
        public var word: Int { Int(packed >> 3) }
        public var field: Int { Int(packed & 7) }
    }

    public private(set) var words = WordTable()
    public private(set) var emails: [EmailID] = []
    /// What lists show of each email's text, where they came from whole messages; else none.
    public var previews: [String] = []
    public private(set) var tokens: [Token] = []
    /// Where each field of each email ends in `tokens`. All emails have all fields, each in any order.
    public private(set) var ends: [Int] = []
    private var field: UInt32 = 0

    public init() {}

    /// The same from texts: words stand apart by one space.
    public init(_ entries: [(email: EmailID, text: SearchText)]) {
        for entry in entries {
            add(entry.email) { batch in
                for field in Field.allCases {
                    batch.begin(field)
                    var text = entry.text[keyPath: field.text]
                    text.withUTF8 { batch.read($0) }
                    batch.endField()
                }
            }
        }
    }

    /// An email whose fields `body` takes.
    mutating func add(_ email: EmailID, _ body: (inout IndexBatch) -> Void) {
        emails.append(email)
        body(&self)
    }

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in 0...bytes.count where index == bytes.count || bytes[index] == 0x20 {
            if index > start { take(UnsafeBufferPointer(rebasing: bytes[start..<index])) }
            start = index + 1
        }
    }
}

/// Takes the words of fields, in order.
protocol WordSink {
    mutating func begin(_ field: IndexBatch.Field)
    /// A word that a table knows.
    mutating func take(_ word: UnsafeBufferPointer<UInt8>, entry: Int, of table: StemTable)
    /// A word that is only in a table.
    mutating func take(entry: Int, of table: StemTable)
    mutating func take(_ word: UnsafeBufferPointer<UInt8>)
    /// Where the field has come to, and back there.
    var place: Int { get }
    mutating func goBack(to place: Int)
    mutating func endField()
}

extension IndexBatch: WordSink {
    mutating func begin(_ field: Field) { self.field = UInt32(field.rawValue) }

    @inline(__always)
    mutating func take(_ word: UnsafeBufferPointer<UInt8>, entry: Int, of table: StemTable) {
        if let known = table.number(of: entry) { return append(known) }
        let number = words.number(of: word)
        table.setNumber(number, of: entry)
        append(number)
    }

    mutating func take(entry: Int, of table: StemTable) {
        if let known = table.number(of: entry) { return append(known) }
        let number = table.word(entry).withUnsafeBufferPointer { words.number(of: $0) }
        table.setNumber(number, of: entry)
        append(number)
    }

    mutating func take(_ word: UnsafeBufferPointer<UInt8>) { append(words.number(of: word)) }

    @inline(__always)
    private mutating func append(_ number: Int) { tokens.append(Token(word: number, field: field)) }

    var place: Int { tokens.count }

    mutating func goBack(to place: Int) { tokens.removeLast(tokens.count - place) }

    mutating func endField() { ends.append(tokens.count) }
}

/// The fields as texts, for what is indexed a message at a time.
struct TextSink: WordSink {
    private var texts = [String](repeating: "", count: IndexBatch.Field.allCases.count)
    private var bytes: [UInt8] = []
    private var field = IndexBatch.Field.subject

    var searchText: SearchText {
        func text(_ field: IndexBatch.Field) -> String { texts[field.rawValue] }
        return SearchText(
            subject: text(.subject), from: text(.from), to: text(.to), cc: text(.cc), bcc: text(.bcc), body: text(.body))
    }

    mutating func begin(_ field: IndexBatch.Field) { self.field = field }

    mutating func take(_ word: UnsafeBufferPointer<UInt8>, entry: Int, of table: StemTable) { take(word) }

    mutating func take(entry: Int, of table: StemTable) {
        if !bytes.isEmpty { bytes.append(32) }
        bytes.append(contentsOf: table.word(entry))
    }

    mutating func take(_ word: UnsafeBufferPointer<UInt8>) {
        if !bytes.isEmpty { bytes.append(32) }
        bytes.append(contentsOf: word)
    }

    var place: Int { bytes.count }

    mutating func goBack(to place: Int) { bytes.removeLast(bytes.count - place) }

    mutating func endField() {
        texts[field.rawValue] = String(decoding: bytes, as: UTF8.self)
        bytes.removeAll(keepingCapacity: true)
    }
}
