import PostroomCore

/// A field of the full text index, by its number in the keys.
enum SearchField: UInt8, CaseIterable {
    case subject, sender, recipient, cc, bcc, body
}

/// Finds the emails that have words, in all segments of an account.
///
/// An email may be in several segments (its header was indexed before its text), and emails that are gone may still be in some:
/// whoever asks joins the ids with the emails.
struct SearchLookup {
    private let segments: SearchSegments
    /// The segments that it looks into.
    let live: [Int64]

    init(_ connection: any SQLConnection, account: AccountID) throws {
        segments = SearchSegments(connection: connection, account: account)
        live = try segments.live().map(\.id)
    }

    /// Emails that have every term.
    func emails(with terms: [SearchTerm], in field: SearchField?) throws -> IDSet {
        var found: IDSet?
        for term in terms {
            var emails = IDSet()
            for (index, phrase) in term.alternatives.enumerated() {
                emails.formUnion(try self.emails(with: phrase, isPrefix: term.isPrefix && index == 0, in: field))
            }
            found?.formIntersection(emails)
            if found == nil { found = emails }
            if found?.isEmpty == true { break }
        }
        return found ?? IDSet()
    }

    private func emails(with phrase: [String], isPrefix: Bool, in field: SearchField?) throws -> IDSet {
        var emails = IDSet()
        guard let last = phrase.last else { return emails }
        for segment in live {
            guard phrase.count > 1 else {
                try forEachEntry(of: last, isPrefix: isPrefix, in: field, of: segment, withPositions: false) { reader, _ in
                    reader.forEachEmail { emails.insert($0) }
                }
                continue
            }
            emails.formUnion(try self.emails(withPhrase: phrase, isPrefix: isPrefix, in: field, of: segment))
        }
        return emails
    }

    /// Words one behind the other in one field.
    private func emails(withPhrase phrase: [String], isPrefix: Bool, in field: SearchField?, of segment: Int64) throws -> IDSet {
        // By field, the places behind which the next word must stand; a place is an email and a number in it.
        var ends: [UInt8: [Int64]] = [:]
        for (index, word) in phrase.enumerated() {
            var next: [UInt8: [Int64]] = [:]
            let candidates = index == 0 ? nil : ends.mapValues { Self.emails(of: $0) }
            try forEachEntry(
                of: word, isPrefix: isPrefix && index == phrase.count - 1, in: field, of: segment, withPositions: true
            ) { reader, positions in
                if let candidates, candidates[reader.field] == nil { return }
                next[reader.field, default: []] += reader.places(positions, of: candidates?[reader.field], bits: Self.placeBits)
            }
            if index > 0 {
                for (field, places) in next { next[field] = Self.followers(places.sorted(), of: ends[field] ?? []) }
            }
            ends = next.filter { !$0.value.isEmpty }
            if ends.isEmpty { break }
        }
        return IDSet(ends.values.joined().lazy.map { $0 >> Self.placeBits })
    }

    private static let placeBits: Int64 = 24

    /// The emails of places, each once, in order.
    private static func emails(of places: [Int64]) -> [Int64] {
        var emails: [Int64] = []
        for place in places where emails.last != place >> placeBits { emails.append(place >> placeBits) }
        return emails
    }

    /// Those of `places` that stand right behind one of `before`; both are in order.
    private static func followers(_ places: [Int64], of before: [Int64]) -> [Int64] {
        var followers: [Int64] = []
        var index = 0
        for place in places {
            while index < before.count, before[index] < place - 1 { index += 1 }
            if index < before.count, before[index] == place - 1 { followers.append(place) }
        }
        return followers
    }

    private func forEachEntry(
        of word: String, isPrefix: Bool, in field: SearchField?, of segment: Int64, withPositions: Bool,
        _ body: (SearchBlockReader, [UInt8]) -> Void
    ) throws {
        let bytes = Array(word.utf8)
        // A key is the word, a zero and the field. No word has a zero in it, and no octet of UTF-8 is as high as 255.
        let lower = isPrefix ? bytes : bytes + [0, field?.rawValue ?? 0]
        let upper = isPrefix ? bytes + [0xFF] : field.map { bytes + [0, $0.rawValue + 1] } ?? bytes + [1]
        try segments.forEachBlock(of: segment, from: lower, before: upper, withPositions: withPositions) { block, positions in
            var block = block
            while block.next() {
                if block.key.lexicographicallyPrecedes(lower) { continue }
                guard block.key.lexicographicallyPrecedes(upper) else { return false }
                if let field, block.field != field.rawValue { continue }
                body(block, positions)
            }
            return true
        }
    }
}
