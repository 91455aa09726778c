/// Asks an account's server for what the index here does not hold yet.
public protocol ServerSearching: Sendable {
    /// What the server finds in the mirrored folders: for words as they are written, since servers know no inflected forms.
    ///
    /// Throws `SourceError.unavailable` where the server can't be asked now.
    func searchServer(_ terms: [ServerSearchTerm], account: AccountID) async throws -> ServerFinds
}

public struct ServerFinds: Sendable, Hashable {
    /// Emails that are here, newest first.
    public var emails: [EmailID]
    /// Messages that the server found and that are not here yet.
    public var missing: Int

    public init(emails: [EmailID], missing: Int) {
        self.emails = emails
        self.missing = missing
    }
}

extension ServerSearchTerm {
    /// A filter in words as a server is asked for it; nil where it asks for what a server can't be asked for (either, not, dates).
    public static func terms(of filter: EmailFilter) -> [ServerSearchTerm]? {
        switch filter {
        case .and(let filters):
            var terms: [ServerSearchTerm] = []
            for filter in filters {
                guard let more = Self.terms(of: filter) else { return nil }
                terms += more
            }
            return terms
        case .text(let text): return words(text).map { .text($0) }
        case .from(let text): return words(text).map { .from($0) }
        case .to(let text): return words(text).map { .to($0) }
        case .cc(let text): return words(text).map { .cc($0) }
        case .bcc(let text): return words(text).map { .bcc($0) }
        case .subject(let text): return words(text).map { .subject($0) }
        case .body(let text): return words(text).map { .body($0) }
        // `to:` means whoever got it; the server is asked for the first alone.
        case .or(let filters): return filters.first.flatMap { if case .to = $0 { terms(of: $0) } else { nil } }
        default: return nil
        }
    }

    /// Words and phrases; the star of a beginning goes, since servers look for parts of words anyway.
    private static func words(_ text: String) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index % 2 == 1
                ? [String(part)] : part.split(whereSeparator: \.isWhitespace).map { $0.hasSuffix("*") ? String($0.dropLast()) : String($0) }
        }.filter { !$0.isEmpty }
    }
}
