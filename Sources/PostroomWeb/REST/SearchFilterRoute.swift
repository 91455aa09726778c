import Hummingbird
import PostroomCore
import PostroomJMAP

/// The search box's language as a JMAP filter (RFC 8621 §4.4.1), so that every client searches by the same words.
struct SearchFilterRoute {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts/:id/search-filter") { request, context in
            let account = try await services.accounts.account(AccountRoutes.id(context), of: context.user)
            let text = request.uri.queryParameters["query"].map(String.init) ?? ""
            let offset = request.uri.queryParameters["offset"].flatMap { Int($0) } ?? 0
            let query = SearchQuery(
                text.removingPercentEncoding ?? text, mailboxes: try await services.mail.mailboxes(of: account.id),
                now: services.clock.now(), offsetMinutes: max(-14 * 60, min(offset, 14 * 60)))
            let coverage = try await services.mail.searchCoverage(of: account.id)
            return Response.json([
                "filter": query.filter.map { $0.json } ?? .null, "misunderstood": .texts(query.misunderstood),
                "coverage": coverage.json,
            ])
        }
        group.get("accounts/:id/server-search") { request, context in
            let account = try await services.accounts.account(AccountRoutes.id(context), of: context.user)
            let text = request.uri.queryParameters["query"].map(String.init) ?? ""
            let query = SearchQuery(text.removingPercentEncoding ?? text, now: services.clock.now())
            guard let filter = query.filter, let terms = ServerSearchTerm.terms(of: filter), !terms.isEmpty else {
                throw Problem(
                    .invalidValue, field: "query", details: ["field": "query", "value": text, "allowed": "words, from:, to:, subject:"])
            }
            let finds = try await services.serverSearch.searchServer(terms, account: account.id)
            return Response.json(["emailIds": .texts(finds.emails.map(\.jmap)), "missing": .int(Int64(finds.missing))])
        }
    }
}

extension SearchCoverage {
    var json: JSONValue {
        [
            "emails": .int(Int64(emails)), "indexed": .int(Int64(indexed)), "missing": .int(Int64(missing)),
            "isComplete": .bool(isComplete),
        ]
    }
}

extension EmailFilter {
    /// The filter as JMAP writes it.
    var json: JSONValue {
        func combined(_ name: String, _ conditions: [EmailFilter]) -> JSONValue {
            ["operator": .string(name), "conditions": .array(conditions.map(\.json))]
        }
        return switch self {
        case .and(let conditions): combined("AND", conditions)
        case .or(let conditions): combined("OR", conditions)
        case .not(let conditions): combined("NOT", conditions)
        case .inMailbox(let id): ["inMailbox": .string(id.jmap)]
        case .inMailboxOtherThan(let ids): ["inMailboxOtherThan": .texts(ids.map(\.jmap))]
        case .before(let time): ["before": .time(time)]
        case .after(let time): ["after": .time(time)]
        case .minSize(let size): ["minSize": .number(size)]
        case .maxSize(let size): ["maxSize": .number(size)]
        case .hasKeyword(let word): ["hasKeyword": .string(word)]
        case .notKeyword(let word): ["notKeyword": .string(word)]
        case .allInThreadHaveKeyword(let word): ["allInThreadHaveKeyword": .string(word)]
        case .someInThreadHaveKeyword(let word): ["someInThreadHaveKeyword": .string(word)]
        case .noneInThreadHaveKeyword(let word): ["noneInThreadHaveKeyword": .string(word)]
        case .hasAttachment(let flag): ["hasAttachment": .bool(flag)]
        case .text(let text): ["text": .string(text)]
        case .from(let text): ["from": .string(text)]
        case .to(let text): ["to": .string(text)]
        case .cc(let text): ["cc": .string(text)]
        case .bcc(let text): ["bcc": .string(text)]
        case .subject(let text): ["subject": .string(text)]
        case .body(let text): ["body": .string(text)]
        case .header(let name, let value): ["header": .texts([name] + (value.map { [$0] } ?? []))]
        // JMAP has no filter by id or thread: the search language makes neither.
        case .emailIDs, .threadID: ["operator": "OR", "conditions": []]
        }
    }
}
