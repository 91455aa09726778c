import AsyncHTTPClient
import Foundation
import NIOCore
import PostroomCore
import PostroomJMAP

/// The REST and JMAP client of the command line: it can do what any script with a token can.
struct APIClient: Sendable {
    let url: String
    let operatorToken: String
    let http: HTTPClient

    /// One request as `user` (nil: the machine's owner, who has an administrator's rights). Throws what the answer says went wrong.
    @discardableResult
    func send(_ method: String, _ path: String, _ body: JSONValue? = nil, as user: String? = nil, timeout: Int64 = 300) async throws
        -> JSONValue
    {
        var writer = JSONWriter()
        if let body { writer.value(body) }
        let (status, bytes) = try await exchange(
            method, path, body: body == nil ? nil : writer.bytes, type: "application/json", user: user, timeout: timeout)
        let answer = bytes.isEmpty ? JSONValue.null : (try? JSONParser.parse(bytes)) ?? .null
        guard status < 300 else { throw Self.failure(status, answer) }
        return answer
    }

    func bytes(_ path: String, as user: String?) async throws -> [UInt8] {
        let (status, bytes) = try await exchange("GET", path, body: nil, type: nil, user: user, timeout: 300)
        guard status < 300 else { throw Self.failure(status, (try? JSONParser.parse(bytes)) ?? .null) }
        return bytes
    }

    func upload(_ bytes: [UInt8], type: String, account: String, as user: String?) async throws -> JSONValue {
        let (status, answer) = try await exchange("POST", "/jmap/upload/\(account)/", body: bytes, type: type, user: user, timeout: 300)
        let value = (try? JSONParser.parse(answer)) ?? .null
        guard status < 300 else { throw Self.failure(status, value) }
        return value
    }

    /// Method calls of one JMAP request; the responses' arguments in order.
    func jmap(_ calls: [(String, JSONValue)], as user: String?) async throws -> [JSONObject] {
        let methodCalls = calls.enumerated().map { JSONValue.array([.string($1.0), $1.1, .string("c\($0)")]) }
        let using: [JSONValue] = ["core", "mail", "submission"].map { .string("urn:ietf:params:jmap:\($0)") }
        let answer = try await send(
            "POST", "/jmap/api", .object(JSONObject([("using", .array(using)), ("methodCalls", .array(methodCalls))])), as: user)
        return try (answer.object?["methodResponses"]?.array ?? []).map { response in
            let parts = response.array ?? []
            guard parts.count == 3, let arguments = parts[1].object else {
                throw CommandFailure(.failed, "The server's answer can't be read.")
            }
            if parts[0].string == "error" {
                throw CommandFailure(
                    .failed, "\(arguments["type"]?.string ?? "error"): \(arguments["description"]?.string ?? "")")
            }
            return arguments
        }
    }

    private func exchange(
        _ method: String, _ path: String, body: [UInt8]?, type: String?, user: String?, timeout: Int64
    ) async throws -> (Int, [UInt8]) {
        var request = HTTPClientRequest(url: url + path)
        request.method = .RAW(value: method)
        request.headers.add(name: "Authorization", value: "Bearer \(operatorToken)")
        request.headers.add(name: "Accept-Language", value: Terminal.language.rawValue)
        if let user {
            request.headers.add(name: "X-Postroom-User", value: Data(user.utf8).base64EncodedString())
        }
        if let body {
            if let type { request.headers.add(name: "Content-Type", value: type) }
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            let response = try await http.execute(request, timeout: .seconds(timeout))
            let collected = try await response.body.collect(upTo: 1 << 30)
            return (Int(response.status.code), Array(collected.readableBytesView))
        } catch let error as HTTPClientError {
            throw CommandFailure(.unavailable, "Postroom at \(url) does not answer: \(error.shortDescription).")
        }
    }

    /// What a problem document means for a person at a terminal and for the exit code.
    static func failure(_ status: Int, _ answer: JSONValue) -> CommandFailure {
        let object = answer.object ?? JSONObject()
        var parts = [object["title"], object["detail"], object["fix"]].compactMap { $0?.string }.filter { !$0.isEmpty }
        for error in object["errors"]?.array?.dropFirst() ?? [] {
            if let title = error.object?["title"]?.string { parts.append("\(error.object?["field"]?.string ?? ""): \(title)") }
        }
        if let words = object["serverText"]?.string, !words.isEmpty { parts.append("(\(words))") }
        let diagnoses = (object["verdicts"]?.object?.entries ?? []).compactMap { $0.value.object?["diagnosis"]?.object }
        for diagnosis in diagnoses {
            if let words = diagnosis["serverText"]?.string, !words.isEmpty { parts.append("(\(words))") }
        }
        let message = parts.isEmpty ? "The request failed with status \(status)." : parts.map(sentence).joined(separator: " ")
        let code: CommandFailure.Code =
            switch (status, object["code"]?.string ?? "") {
            case (_, "sign-in-failed"): signInCode(diagnoses)
            case (422, DiagnosisCause.oauthServerUnavailable.rawValue): .tryLater
            // A diagnosis of the sign-in at the provider's page.
            case (422, _) where object["stage"]?.string == DiagnosisStage.signIn.rawValue: .refused
            case (401, _), (403, _): .refused
            case (400, _), (404, _), (409, _), (410, _), (413, _), (422, _): .badInput
            case (429, _), (503, _): .tryLater
            case (502, _): .unavailable
            default: .failed
            }
        var failure = CommandFailure(code, message)
        failure.problem = object["code"]?.string ?? ""
        failure.retryAfter = object["retryAfter"]?.integer
        return failure
    }

    /// Refused credentials are 77, everything on the way to them 69.
    private static func signInCode(_ diagnoses: [JSONObject]) -> CommandFailure.Code {
        let stages = diagnoses.compactMap { $0["stage"]?.string }
        if stages.contains(DiagnosisStage.signIn.rawValue) { return .refused }
        return .unavailable
    }

    private static func sentence(_ text: String) -> String {
        text.hasSuffix(".") || text.hasSuffix("?") || text.hasSuffix(")") ? text : text + "."
    }
}
