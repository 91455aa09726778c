import Hummingbird
import PostroomCore
import PostroomJMAP

/// People, settings and the audit trail: for administrators.
struct UserRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("users") { _, context in try await list(context) }
        group.post("users") { request, context in try await addUser(request, context) }
        group.patch("users/:id") { request, context in try await update(request, context) }
        group.delete("users/:id") { _, context in
            let actor = try context.administrator
            let id = try UserID(context.parameters.require("id", as: Int64.self))
            let farewell = try await services.accounts.farewell(to: id)
            try await services.access.removeUser(id, by: actor.id)
            await farewell()
            return Response.noContent
        }
        group.get("settings") { _, context in
            _ = try context.administrator
            return try await settings()
        }
        group.patch("settings") { request, context in try await change(request, context) }
        group.get("audit") { request, context in try await audit(request, context) }
    }

    private func settings() async throws -> Response {
        let quota = try await services.directory.setting(StorageQuota.setting).flatMap { StorageQuota(text: $0) } ?? StorageQuota()
        return Response.json([
            "accountQuota": [
                "maxBytes": quota.maxBytes.map { .int($0) } ?? .null, "maxEmails": quota.maxEmails.map { .int($0) } ?? .null,
            ],
            "changeLogSteps": .int(
                try await services.directory.setting(Housekeeping.stepsSetting).flatMap { Int64($0) } ?? Housekeeping.defaultSteps),
            "providersByAdministrators": .bool(try await services.providers.isLimitedToAdministrators()),
            "allowNetworks": .texts(try await Self.networks(services.directory)),
            "trustedCertificates": .string(try await services.directory.setting("trusted-certificates") ?? ""),
            "publicUrl": .text(try await services.directory.setting(RedirectAddress.setting)),
        ])
    }

    /// Networks and authorities hold at once, for the next connection.
    private func change(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.administrator
        var body = try await RequestBody(request)
        let limited = body.bool("providersByAdministrators")
        let networks = body.strings("allowNetworks")
        let certificates = body.string("trustedCertificates")
        let steps = body.int("changeLogSteps")
        if let steps, steps < 1000 {
            body.add(
                Problem(
                    .invalidValue, field: "changeLogSteps",
                    details: ["field": "changeLogSteps", "value": String(steps), "allowed": "1000…"]))
        }
        let before = try await services.directory.setting(StorageQuota.setting).flatMap { StorageQuota(text: $0) } ?? StorageQuota()
        var quota: StorageQuota?
        if var bounds = body.object("accountQuota") {
            quota = try MaintenanceRoutes.quota(&bounds, over: before)
            body.finish(bounds)
        }
        let publicURL = RedirectAddress.publicURL(&body)
        try body.finish()
        if let steps { try await services.directory.setSetting(Housekeeping.stepsSetting, to: String(steps)) }
        if let quota { try await services.directory.setSetting(StorageQuota.setting, to: quota.text) }
        if let publicURL { try await services.directory.setSetting(RedirectAddress.setting, to: publicURL.isEmpty ? nil : publicURL) }
        if let limited { try await services.providers.limitToAdministrators(limited, by: user) }
        if let networks {
            try services.network.allow(networks: networks)
            try await services.directory.setSetting("allow-networks", to: networks.isEmpty ? nil : networks.joined(separator: ","))
        }
        if let certificates {
            try services.network.trust(certificates: certificates)
            try await services.directory.setSetting("trusted-certificates", to: certificates.isEmpty ? nil : certificates)
        }
        await services.network.announce()
        return try await settings()
    }

    static func networks(_ directory: any DirectoryStore) async throws -> [String] {
        (try await directory.setting("allow-networks") ?? "").split(separator: ",").map(String.init)
    }

    private func list(_ context: WebContext) async throws -> Response {
        _ = try context.administrator
        let counts = Dictionary(grouping: try await services.directory.accounts(), by: \.userID).mapValues(\.count)
        let users = try await services.directory.users().sorted { $0.name.lowercased() < $1.name.lowercased() }
        return Response.json(["users": .array(users.map { json(of: $0, accounts: counts[$0.id] ?? 0) })])
    }

    private func json(of user: User, accounts: Int) -> JSONValue {
        var object = user.json
        object.set("accountCount", to: .int(Int64(accounts)))
        return .object(object)
    }

    private func addUser(_ request: Request, _ context: WebContext) async throws -> Response {
        let actor = try context.administrator
        var body = try await RequestBody(request)
        let (name, password) = (body.required("name"), body.required("password"))
        let displayName = body.string("displayName") ?? ""
        let isAdmin = body.bool("isAdmin") ?? false
        let language = Self.language(&body)
        try body.finish()
        let user = try await services.access.addUser(
            name: name, displayName: displayName, password: password, isAdmin: isAdmin, language: language, by: actor.id)
        return Response.json(json(of: user, accounts: 0), status: .created)
    }

    /// `en`, `ru`, or empty: as the browser says.
    static func language(_ body: inout RequestBody) -> String {
        guard body.hasText("language") else {
            body.ignore("language")
            return ""
        }
        return body.choice("language", Language.self)?.rawValue ?? ""
    }

    private func update(_ request: Request, _ context: WebContext) async throws -> Response {
        let actor = try context.administrator
        let id = try UserID(context.parameters.require("id", as: Int64.self))
        var body = try await RequestBody(request)
        let (displayName, password) = (body.string("displayName"), body.string("password"))
        let (isAdmin, isDisabled) = (body.bool("isAdmin"), body.bool("isDisabled"))
        try body.finish()
        let user = try await services.access.updateUser(
            id, displayName: displayName, isAdmin: isAdmin, isDisabled: isDisabled, password: password, by: actor.id)
        return Response.json(json(of: user, accounts: try await services.directory.accounts(of: id).count))
    }

    private func audit(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try context.administrator
        let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 100
        let names = Dictionary(uniqueKeysWithValues: try await services.directory.users().map { ($0.id, $0.name) })
        let entries = try await services.directory.audit(limit: max(1, min(limit, 1000))).map { entry -> JSONValue in
            [
                "at": .time(entry.at), "userId": .id(entry.userID), "userName": .text(entry.userID.flatMap { names[$0] }),
                "action": .string(entry.action), "subject": .string(entry.subject),
            ]
        }
        return Response.json(["entries": .array(entries)])
    }
}
