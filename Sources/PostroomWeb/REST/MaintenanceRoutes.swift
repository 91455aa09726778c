import Foundation
import Hummingbird
import PostroomCore
import PostroomJMAP

/// Work on the whole store while it serves: for administrators.
struct MaintenanceRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.post("maintenance/vacuum") { _, context in try await vacuum(context) }
        group.get("health") { _, context in try await health(context) }
        group.get("accounts/:id/quota") { _, context in
            let account = try await services.accounts.managed(AccountRoutes.id(context), by: context.user)
            return Response.json(try await services.maintenance.usage(of: account.id).json)
        }
        group.patch("accounts/:id/quota") { request, context in try await setQuota(request, context) }
        group.post("keys/rotate") { request, context in try await rotate(request, context) }
    }

    private func vacuum(_ context: WebContext) async throws -> Response {
        let user = try context.administrator
        let before = try await services.maintenance.databaseSize()
        try await Housekeeping(directory: services.directory, maintenance: services.maintenance, logger: context.logger).tidy()
        try await services.maintenance.vacuum()
        try await note("store.vacuum", user)
        let after = try await services.maintenance.databaseSize()
        return .json(["bytesBefore": .int(before), "bytesAfter": .int(after)])
    }

    /// What an administrator wants to know before people ask.
    private func health(_ context: WebContext) async throws -> Response {
        _ = try context.administrator
        var problems: [JSONValue] = []
        let since = services.maintenance.fullSince
        if since != nil { problems.append(.object(Problem(.diskFull).json(in: context.language))) }
        return .json([
            "status": .string(problems.isEmpty ? "ok" : "degraded"), "problems": .array(problems),
            "fullSince": since.map { .time($0) } ?? .null,
            "database": [
                "bytes": .int(try await services.maintenance.databaseSize()),
                "freeBytes": services.maintenance.freeSpace().map { .int($0) } ?? .null,
            ],
        ])
    }

    private func setQuota(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.administrator
        let account = try await services.accounts.managed(AccountRoutes.id(context), by: user)
        var body = try await RequestBody(request)
        let quota = try Self.quota(&body, over: try await services.maintenance.usage(of: account.id).quota)
        let isCommon = body.bool("common") ?? false
        try body.finish()
        try await services.maintenance.setQuota(isCommon ? nil : quota, of: account.id)
        try await note("account.quota", user, subject: account.address)
        await services.accounts.lookAgain(account.id)
        return .json(try await services.maintenance.usage(of: account.id).json)
    }

    /// `maxBytes` and `maxEmails`; null takes a bound away, what is not named stays.
    static func quota(_ body: inout RequestBody, over before: StorageQuota) throws -> StorageQuota {
        var quota = before
        func bound(_ name: String, _ before: Int64?) -> Int64? {
            guard body.has(name) else { return before }
            if body.isNull(name) {
                body.ignore(name)
                return nil
            }
            guard let value = body.int(name) else { return before }
            if value < 0 {
                body.add(Problem(.invalidValue, field: name, details: ["field": name, "value": String(value), "allowed": "0…, null"]))
            }
            return Int64(value)
        }
        quota.maxBytes = bound("maxBytes", before.maxBytes)
        quota.maxEmails = bound("maxEmails", before.maxEmails)
        return quota
    }

    private func rotate(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.administrator
        var body = try await RequestBody(request)
        var master: [UInt8]?
        if let text = body.string("newMasterKey") {
            master = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)).map { Array($0) }
            if master?.count != 32 {
                body.add(
                    Problem(
                        .invalidValue, field: "newMasterKey",
                        details: ["field": "newMasterKey", "value": "…", "allowed": "openssl rand -base64 32"]))
            }
        }
        try body.finish()
        let report = try await services.keys.rotate(newMasterKey: master)
        try await note("keys.rotate", user)
        return .json(["secrets": .int(Int64(report.secrets)), "unreadable": .int(Int64(report.unreadable))])
    }

    private func note(_ action: String, _ user: User, subject: String = "") async throws {
        let id = user.id == UserID(0) ? nil : user.id
        try await services.directory.addAudit(AuditEntry(at: services.clock.now(), userID: id, action: action, subject: subject))
    }
}

extension StorageUsage {
    var json: JSONValue {
        [
            "bytes": .int(bytes), "emails": .int(emails), "maxBytes": quota.maxBytes.map { .int($0) } ?? .null,
            "maxEmails": quota.maxEmails.map { .int($0) } ?? .null, "isOwn": .bool(isOwn),
        ]
    }
}
