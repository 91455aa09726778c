import PostroomJMAP

/// Reading of the API's answers.
enum CommandAnswers {
    static func list(_ name: String, from api: APIClient, _ path: String, as user: String? = nil) async throws -> [JSONObject] {
        (try await api.send("GET", path, as: user).object?[name]?.array ?? []).compactMap(\.object)
    }

    static func userID(_ name: String, _ api: APIClient) async throws -> String {
        let users = try await list("users", from: api, "/api/v1/users")
        guard let user = users.first(where: { $0.text("name").lowercased() == name.lowercased() }) else {
            throw CommandFailure(.badInput, "There is no user “\(name)”. `postroom user list` shows those there are.")
        }
        return user.text("id")
    }

    /// A provider by its name or id.
    static func provider(_ name: String, _ api: APIClient, as user: String? = nil) async throws -> JSONObject {
        let providers = try await list("providers", from: api, "/api/v1/providers", as: user)
        let matching = providers.filter { $0.text("name").lowercased() == name.lowercased() || $0.text("id") == name }
        guard let provider = matching.first else {
            throw CommandFailure(.badInput, "There is no provider “\(name)”. `postroom provider list` shows those there are.")
        }
        guard matching.count == 1 else {
            let ids = matching.map { $0.text("id") }.joined(separator: ", ")
            throw CommandFailure(.usage, "Several providers are called “\(name)”: name one by its id (\(ids)).")
        }
        return provider
    }
}

extension JSONObject {
    func text(_ name: String) -> String {
        switch self[name] {
        case .string(let text): text
        case .int(let number): String(number)
        case .decimal(let digits): digits
        case .bool(let flag): String(flag)
        default: ""
        }
    }

    func flag(_ name: String) -> Bool { self[name]?.bool ?? false }
}
