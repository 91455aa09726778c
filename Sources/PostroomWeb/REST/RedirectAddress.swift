import Foundation
import HTTPTypes
import Hummingbird
import PostroomCore

/// Where authorization servers send browsers back to: one address an installation, registered at each service.
struct RedirectAddress {
    /// The setting that says how Postroom is reached from outside, `https://mail.example.com`.
    static let setting = "public-url"
    static let path = "/api/v1/oauth/callback"

    let directory: any DirectoryStore

    /// `https://mail.example.com`: as set, else as this request came in.
    func origin(for request: Request) async throws -> String {
        if let set = try await directory.setting(Self.setting), !set.isEmpty { return set }
        let isSecure = HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] }?.lowercased() == "https"
        let host = request.head.authority ?? HTTPField.Name("Host").flatMap { request.headers[$0] } ?? "localhost"
        return "\(isSecure ? "https" : "http")://\(host)"
    }

    func redirectURI(for request: Request) async throws -> String { try await origin(for: request) + Self.path }

    /// `publicUrl` of a settings request: an origin without a path; empty takes it away.
    static func publicURL(_ body: inout RequestBody) -> String? {
        guard let typed = body.string("publicUrl") else {
            let isCleared = body.isNull("publicUrl")
            return isCleared ? "" : nil
        }
        var text = typed.trimmingCharacters(in: .whitespaces)
        while text.hasSuffix("/") { text.removeLast() }
        guard !text.isEmpty else { return "" }
        let parts = URLComponents(string: text)
        if parts?.host?.isEmpty != false || !["http", "https"].contains(parts?.scheme ?? "") || parts?.path.isEmpty != true
            || parts?.query != nil || parts?.user != nil || parts?.fragment != nil
        {
            body.add(
                Problem(
                    .invalidValue, field: "publicUrl",
                    details: ["field": "publicUrl", "value": typed, "allowed": "https://mail.example.com"]))
        }
        return text
    }
}
