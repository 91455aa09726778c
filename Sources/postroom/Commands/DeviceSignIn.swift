import Foundation
import PostroomCore
import PostroomJMAP

/// Device authorization (RFC 8628): the person signs in on any browser, this command waits for it.
struct DeviceSignIn {
    let api: APIClient
    let user: String

    /// `wanted`: as `POST /api/v1/oauth/sign-ins` takes it. Returns the account.
    func run(_ wanted: JSONObject) async throws -> JSONValue {
        var body = wanted
        body.set("flow", to: .string("device"))
        let begun = try await api.send("POST", "/api/v1/oauth/sign-ins", .object(body), as: user).object ?? JSONObject()
        let isRussian = Terminal.language == .russian
        let (page, code) = (begun.text("verificationUrl"), begun.text("userCode"))
        Terminal.note(
            isRussian
                ? "Откройте \(page) на любом устройстве и введите код \(code)" : "Open \(page) on any device and enter the code \(code)")
        if case let complete = begun.text("verificationUrlComplete"), !complete.isEmpty {
            Terminal.note(isRussian ? "или сразу \(complete)" : "or go straight to \(complete)")
        }
        var interval = begun["interval"]?.integer ?? 5
        while true {
            try await Task.sleep(for: .seconds(interval))
            do {
                return try await api.send("POST", "/api/v1/oauth/sign-ins/\(begun.text("id"))/finish", as: user)
            } catch let failure as CommandFailure where failure.problem == "sign-in-pending" {
                interval = failure.retryAfter ?? interval
            }
        }
    }
}
