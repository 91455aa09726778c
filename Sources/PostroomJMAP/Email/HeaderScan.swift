import MailMIME
import PostroomCore

/// The `header` filter (RFC 8621 §4.4.1) over any field: what the store has no index for is looked through here.
///
/// Only emails that the rest of the filter lets through are read: their rows where the row has the field, else their sources, which
/// come from the mail server where they are not here. A filter that leaves too many is refused rather than answered in part.
struct HeaderScan {
    let context: RequestContext
    let account: AccountID

    private var mail: any MailStore { context.mail }

    /// Rows are read in some ten seconds at this number, sources in a few.
    static let mostRows = 100_000
    static let mostSources = 10_000
    /// Each is a round trip to the mail server.
    static let mostFetches = 50

    private struct Condition: Hashable {
        var name: String
        /// Lower case; nil: the field is there at all.
        var value: String?
    }

    /// The filter with each such condition made into the emails that meet it. Throws `unsupportedFilter` where too many are left.
    func resolved(_ filter: EmailFilter?) async throws -> EmailFilter? {
        guard let filter else { return nil }
        var wanted: Set<Condition> = []
        Self.collect(filter, into: &wanted)
        guard !wanted.isEmpty else { return filter }
        var rest: EmailFilter?
        if case .and(let all) = filter {
            let plain = all.filter { !Self.needsScan($0) }
            rest = plain.isEmpty ? nil : .and(plain)
        }
        let ofSource = wanted.filter { HeaderRow.text($0.name, of: nil) == nil }
        let most = ofSource.isEmpty ? Self.mostRows : Self.mostSources
        let page = try await mail.query(EmailQuery(filter: rest), window: QueryWindow(limit: most + 1), of: account)
        guard page.ids.count <= most else {
            throw MethodError("unsupportedFilter", "The field is looked for in at most \(most) emails: narrow the filter.")
        }
        var found: [Condition: [EmailID]] = [:]
        for condition in wanted { found[condition] = [] }
        try await scanRows(page.ids, wanted.subtracting(ofSource), &found)
        if !ofSource.isEmpty { try await scanSources(page.ids, ofSource, &found) }
        return Self.replace(filter, found)
    }

    private func scanRows(_ ids: [EmailID], _ wanted: Set<Condition>, _ found: inout [Condition: [EmailID]]) async throws {
        guard !wanted.isEmpty else { return }
        for start in stride(from: 0, to: ids.count, by: 500) {
            for email in try await mail.emails(Array(ids[start..<min(start + 500, ids.count)]), of: account) {
                for condition in wanted {
                    guard let text = HeaderRow.text(condition.name, of: email.content) ?? nil else { continue }
                    if condition.value.map({ text.lowercased().contains($0) }) ?? true { found[condition]?.append(email.id) }
                }
            }
        }
    }

    private func scanSources(_ ids: [EmailID], _ wanted: Set<Condition>, _ found: inout [Condition: [EmailID]]) async throws {
        var fetches = 0
        let reader = BlobReader(context, account: account)
        for id in ids {
            let source = try await reader.source(of: id) {
                fetches += 1
                guard fetches <= Self.mostFetches else {
                    throw MethodError(
                        "unsupportedFilter",
                        "The sources of more than \(Self.mostFetches) of these emails are still on the mail server: narrow the filter.")
                }
            }
            guard let source else { continue }
            let headers = MIMEMessage.parseHeaders(source).headers
            for condition in wanted where Self.matches(condition, headers) { found[condition]?.append(id) }
        }
    }

    /// What the store answers from an index of its own.
    private static func isStored(_ name: String) -> Bool { name.lowercased() == "message-id" }

    private static func condition(_ name: String, _ value: String?) -> Condition {
        Condition(name: name.lowercased(), value: value?.lowercased())
    }

    private static func collect(_ filter: EmailFilter, into wanted: inout Set<Condition>) {
        switch filter {
        case .and(let all), .or(let all), .not(let all): for one in all { collect(one, into: &wanted) }
        case .header(let name, let value) where !isStored(name): wanted.insert(condition(name, value))
        default: break
        }
    }

    private static func needsScan(_ filter: EmailFilter) -> Bool {
        var wanted: Set<Condition> = []
        collect(filter, into: &wanted)
        return !wanted.isEmpty
    }

    private static func matches(_ condition: Condition, _ headers: HeaderList) -> Bool {
        let fields = headers.all(condition.name)
        guard let value = condition.value else { return !fields.isEmpty }
        return fields.contains { $0.asText.lowercased().contains(value) || $0.asRaw.lowercased().contains(value) }
    }

    private static func replace(_ filter: EmailFilter, _ found: [Condition: [EmailID]]) -> EmailFilter {
        switch filter {
        case .and(let all): .and(all.map { replace($0, found) })
        case .or(let all): .or(all.map { replace($0, found) })
        case .not(let all): .not(all.map { replace($0, found) })
        case .header(let name, let value) where !isStored(name): .emailIDs(found[condition(name, value)] ?? [])
        default: filter
        }
    }
}

/// Header fields that an email's row has, as text.
private enum HeaderRow {
    /// nil: the row does not have such a field; the inner nil: this email has none. `name` is in lower case.
    static func text(_ name: String, of content: EmailContent?) -> String?? {
        func addresses(_ list: [MailAddress]?) -> String?? {
            guard let list, !list.isEmpty else { return .some(nil) }
            return list.map { address in address.name.map { "\($0) <\(address.address)>" } ?? address.address }.joined(separator: ", ")
        }
        func ids(_ list: [String]?) -> String?? {
            guard let list, !list.isEmpty else { return .some(nil) }
            return list.map { "<\($0)>" }.joined(separator: " ")
        }
        switch name {
        case "subject": return .some(content.flatMap { $0.subject.isEmpty ? nil : $0.subject })
        case "from": return addresses(content?.from)
        case "sender": return addresses(content?.sender)
        case "to": return addresses(content?.to)
        case "cc": return addresses(content?.cc)
        case "bcc": return addresses(content?.bcc)
        case "reply-to": return addresses(content?.replyTo)
        case "in-reply-to": return ids(content?.inReplyTo)
        case "references": return ids(content?.references)
        default: return nil
        }
    }
}
