import Hummingbird
import MailProtocol
import PostroomCore
import PostroomJMAP

/// Connected mailboxes: connecting, settings, health.
struct AccountRoutes {
    let services: WebServices

    func add(to group: RouterGroup<WebContext>) {
        group.get("accounts") { request, context in try await list(request, context) }
        group.post("accounts") { request, context in try await connect(request, context) }
        group.get("accounts/:id") { _, context in
            Response.json(try await render(services.accounts.seen(Self.id(context), by: context.user), context))
        }
        group.patch("accounts/:id") { request, context in try await update(request, context) }
        group.delete("accounts/:id") { _, context in
            try await services.accounts.remove(Self.id(context), by: context.user)
            return Response.noContent
        }
        group.post("accounts/:id/pause") { _, context in
            Response.json(try await render(services.accounts.setPaused(Self.id(context), true, by: context.user), context))
        }
        group.post("accounts/:id/resume") { _, context in
            Response.json(try await render(services.accounts.setPaused(Self.id(context), false, by: context.user), context))
        }
        group.post("accounts/:id/sync") { _, context in
            Response.json(try await render(services.accounts.syncNow(Self.id(context), by: context.user), context))
        }
        group.post("accounts/:id/doctor") { request, context in try await examine(request, context) }
        group.get("accounts/:id/folders") { _, context in try await folders(context) }
    }

    static func id(_ context: WebContext) throws -> AccountID {
        let text = try context.parameters.require("id")
        // The JMAP form of the id (`a12`) is taken as well as the plain number.
        guard let number = Int64(text.hasPrefix("a") ? text.dropFirst() : text[...]) else {
            throw Problem(.notFound, details: ["what": "account"])
        }
        return AccountID(number)
    }

    // MARK: Connecting

    /// A provider that discovery found, as the window sends it back after the person has seen it.
    private static func discovered(_ body: inout RequestBody) -> (settings: ProviderSettings, domains: [String])? {
        guard var nested = body.object("provider") else { return nil }
        let (settings, _) = ProviderRoutes.settings(&nested, over: nil)
        let domains = nested.strings("domains") ?? []
        body.finish(nested)
        return (settings, domains)
    }

    /// The doctor: every stage of both sides, and on request a message to oneself.
    private func examine(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        var body = try await RequestBody(request)
        let sendsMessage = body.bool("sendMessage") ?? false
        try body.finish()
        try await services.probes.take(.test, for: user)
        let stages = try await services.accounts.doctor(Self.id(context), sendsMessage: sendsMessage, by: user)
        return Response.json(["stages": .array(stages.shown(to: user).map { $0.json(in: context.language) })])
    }

    private func connect(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        var body = try await RequestBody(request)
        let address = body.required("address")
        let discovered = Self.discovered(&body)
        let provider = discovered == nil ? body.required("providerId") : ""
        // Whether a password is needed is the provider's to say.
        let (login, password) = (body.string("login"), Secret(body.string("password") ?? ""))
        let senderName = body.string("senderName") ?? ""
        var settings = AccountSettings()
        settings.displayName = body.string("displayName") ?? ""
        settings.historyDays = Self.historyDays(&body)
        settings.receiveEnabled = body.bool("receiveEnabled") ?? true
        settings.sendEnabled = body.bool("sendEnabled") ?? true
        try body.finish()
        let new = NewAccount(
            address: address, providerID: ProviderID(Int64(provider) ?? 0), login: login, password: password, senderName: senderName,
            settings: settings)
        let connected =
            if let discovered {
                try await services.accounts.connect(new, discovered: discovered.settings, domains: discovered.domains, for: user, by: user)
            } else {
                try await services.accounts.connect(new, for: user, by: user)
            }
        var answer = try await render(connected.account, context).object ?? JSONObject()
        if let notice = connected.notice { answer.set("notice", to: .object(notice.json(in: context.language))) }
        return Response.json(.object(answer), status: .created)
    }

    static func historyDays(_ body: inout RequestBody) -> Int? {
        guard let days = body.int("historyDays") else { return nil }
        if !(1...36_500).contains(days) {
            body.add(
                Problem(
                    .invalidValue, field: "historyDays",
                    details: ["field": "historyDays", "value": String(days), "allowed": "1–36500, null"]))
        }
        return days
    }

    // MARK: Settings

    private func update(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        let account = try await services.accounts.managed(Self.id(context), by: user)
        var body = try await RequestBody(request)
        var change = AccountChange()
        var settings = account.settings
        settings.displayName = body.string("displayName") ?? settings.displayName
        settings.receiveEnabled = body.bool("receiveEnabled") ?? settings.receiveEnabled
        settings.sendEnabled = body.bool("sendEnabled") ?? settings.sendEnabled
        settings.isDefault = body.bool("isDefault") ?? settings.isDefault
        settings.isPaused = body.bool("isPaused") ?? settings.isPaused
        settings.excludedFolders = body.strings("excludedFolders") ?? settings.excludedFolders
        if body.has("historyDays") { settings.historyDays = Self.historyDays(&body) }
        if settings != account.settings { change.settings = settings }
        change.login = body.string("login").flatMap { $0 == account.login ? nil : $0 }
        change.password = body.string("password").flatMap { $0.isEmpty ? nil : Secret($0) }
        change.providerID = body.string("providerId").flatMap { Int64($0) }.map { ProviderID($0) }.flatMap {
            $0 == account.providerID ? nil : $0
        }
        let senderName = body.string("senderName")
        var signature = body.object("signature")
        let text = signature?.string("text")
        let html = signature?.string("html")
        if let signature { body.finish(signature) }
        try body.finish()
        if senderName != nil || text != nil || html != nil {
            try await updateIdentity(of: account, name: senderName, text: text, html: html)
        }
        guard change.settings != nil || change.login != nil || change.password != nil || change.providerID != nil else {
            return Response.json(try await render(account, context))
        }
        return Response.json(try await render(services.accounts.update(account.id, change, by: user), context))
    }

    /// The account's own identity carries its sender name and signature.
    private func updateIdentity(of account: Account, name: String?, text: String?, html: String?) async throws {
        guard var identity = try await services.mail.identities(of: account.id).first else { return }
        identity.name = name ?? identity.name
        identity.textSignature = text ?? identity.textSignature
        identity.htmlSignature = html ?? identity.htmlSignature
        try await services.mail.updateIdentity(identity, of: account.id)
    }

    // MARK: Seeing

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        let all = request.uri.queryParameters["all"] == "1"
        if all { _ = try context.administrator }
        let accounts = all ? try await services.directory.accounts() : try await services.directory.accounts(reachableBy: user.id)
        var rendered: [JSONValue] = []
        // One's own first, the default before the others.
        func place(_ account: Account) -> (Int, AccountID) {
            (account.userID != user.id ? 2 : account.settings.isDefault ? 0 : 1, account.id)
        }
        for account in accounts.sorted(by: { place($0) < place($1) }) {
            rendered.append(try await render(account, context))
        }
        return Response.json(["accounts": .array(rendered)])
    }

    private func folders(_ context: WebContext) async throws -> Response {
        let account = try await services.accounts.managed(Self.id(context), by: context.user)
        let folders = try await services.mail.mailboxes(of: account.id).map { mailbox -> JSONValue in
            [
                "path": .string(mailbox.path), "name": .string(mailbox.name), "role": .text(mailbox.role?.rawValue),
                "isSynced": .bool(mailbox.isSynced), "totalEmails": .int(Int64(mailbox.counts.totalEmails)),
            ]
        }
        return Response.json(["folders": .array(folders)])
    }

    func render(_ account: Account, _ context: WebContext) async throws -> JSONValue {
        let identity = try await services.mail.identities(of: account.id).first
        let provider = try await services.directory.provider(account.providerID)
        let owner = try await services.directory.user(account.userID)
        let grant = try await services.accounts.grant(of: account.id)
        let settings = account.settings
        let user = try context.user
        let isOwn = account.userID == user.id
        let access = AccountAccess.of(user, to: account)
        let right = account.right(of: user.id)
        // How somebody else signs in, and which of his accounts he prefers, is nobody's business; who uses an account by a right
        // sees what that lets him do, administrator or not.
        let manages = isOwn || right == nil && user.isAdmin
        return [
            "id": .id(account.id), "jmapAccountId": .string(account.id.jmap), "address": .string(account.address),
            "displayName": .string(settings.displayName), "login": .string(manages ? account.login : ""),
            "providerId": .id(account.providerID),
            "providerName": .text(provider?.settings.name), "userId": .id(account.userID), "userName": .text(owner?.displayName),
            "receiveEnabled": .bool(settings.receiveEnabled), "sendEnabled": .bool(manages ? settings.sendEnabled : access.maySend),
            "isDefault": .bool(manages && settings.isDefault), "isPaused": .bool(settings.isPaused),
            "historyDays": .number(settings.historyDays),
            "excludedFolders": .texts(settings.excludedFolders),
            "signature": ["text": .string(identity?.textSignature ?? ""), "html": .string(identity?.htmlSignature ?? "")],
            "authentication": .string((provider?.settings.authentication ?? .basic).rawValue),
            "grant": manages ? grant?.json(account, provider, in: context.language) ?? .null : .null,
            "senderName": .string(identity?.name ?? ""), "status": account.status.json(in: context.language),
            "access": .text(isOwn ? "owner" : right?.rawValue), "shareCount": .int(Int64(account.shares.count)),
            "createdAt": .time(account.createdAt),
            "quarantined": .int(Int64(try await services.mail.quarantinedCount(of: account.id))),
        ]
    }
}
