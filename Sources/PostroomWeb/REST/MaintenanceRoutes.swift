import Foundation
import Hummingbird
import PostroomCore
import PostroomJMAP

/// Work on the whole store while it serves: for administrators.
struct MaintenanceRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.post("maintenance/vacuum") { _, context in try await vacuum(context) }
        group.post("keys/rotate") { request, context in try await rotate(request, context) }
    }

    private func vacuum(_ context: WebContext) async throws -> Response {
        let user = try context.administrator
        let before = try await services.maintenance.databaseSize()
        try await services.maintenance.vacuum()
        try await note("store.vacuum", user)
        let after = try await services.maintenance.databaseSize()
        return .json(["bytesBefore": .int(before), "bytesAfter": .int(after)])
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

    private func note(_ action: String, _ user: User) async throws {
        let id = user.id == UserID(0) ? nil : user.id
        try await services.directory.addAudit(AuditEntry(at: services.clock.now(), userID: id, action: action, subject: ""))
    }
}
