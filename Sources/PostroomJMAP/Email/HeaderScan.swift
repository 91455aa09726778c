import MailMIME
import PostroomCore

/// The `header` filter over fields that the store does not keep: the sources themselves are looked through.
///
/// Only emails that the rest of the filter lets through are read, and only so many of them.
struct HeaderScan {
    let mail: any MailStore
    let account: AccountID

    static let mostEmails = 10_000

    private struct Condition: Hashable {
        var name: String
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
        let page = try await mail.query(EmailQuery(filter: rest), window: QueryWindow(limit: Self.mostEmails + 1), of: account)
        guard page.ids.count <= Self.mostEmails else {
            throw MethodError("unsupportedFilter", "The field is looked for in at most \(Self.mostEmails) emails: narrow the filter.")
        }
        var found: [Condition: [EmailID]] = [:]
        for id in page.ids {
            guard let source = try await mail.source(of: id, account: account) else { continue }
            let headers = MIMEMessage.parseHeaders(source).headers
            for condition in wanted where Self.matches(condition, headers) { found[condition, default: []].append(id) }
        }
        return Self.replace(filter, found)
    }

    /// What the store answers from its own columns.
    private static func isStored(_ name: String, _ value: String?) -> Bool {
        switch name.lowercased() {
        case "message-id", "subject": true
        case "references", "in-reply-to", "from", "to", "cc", "bcc": value != nil
        default: false
        }
    }

    private static func collect(_ filter: EmailFilter, into wanted: inout Set<Condition>) {
        switch filter {
        case .and(let all), .or(let all), .not(let all): for one in all { collect(one, into: &wanted) }
        case .header(let name, let value) where !isStored(name, value): wanted.insert(Condition(name: name, value: value))
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
        guard let value = condition.value?.lowercased() else { return !fields.isEmpty }
        return fields.contains { $0.asText.lowercased().contains(value) || $0.asRaw.lowercased().contains(value) }
    }

    private static func replace(_ filter: EmailFilter, _ found: [Condition: [EmailID]]) -> EmailFilter {
        switch filter {
        case .and(let all): .and(all.map { replace($0, found) })
        case .or(let all): .or(all.map { replace($0, found) })
        case .not(let all): .not(all.map { replace($0, found) })
        case .header(let name, let value) where !isStored(name, value): .emailIDs(found[Condition(name: name, value: value)] ?? [])
        default: filter
        }
    }
}
