import MailProtocol
import MailTransport
import PostroomCore

/// Opens mail sessions over `IMAPClient`: connects, signs in, turns on what sync uses.
struct IMAPSessionOpener: MailSessionOpening {
    let options: ConnectionOptions

    func open(_ connection: ConnectionDetails) async throws -> any MailSession {
        let endpoint = connection.endpoint
        let login = connection.credentials.login
        let client: IMAPClient
        do {
            client = try await IMAPClient.connect(to: endpoint, options: options.pinned(to: connection.pinnedCertificate))
        } catch {
            throw Self.failure(error, endpoint, login, .greeting)
        }
        do {
            try await client.signIn(connection.credentials, allowPlaintext: endpoint.security == .none)
        } catch {
            client.close()
            throw Self.failure(error, endpoint, login, .signIn)
        }
        do {
            // Some services (163.com, QQ) refuse SELECT to programs that did not introduce themselves.
            if client.capabilities.contains("ID"), Self.wantsIdentification(client.greeting.text, endpoint.host) {
                _ = try await client.identify(as: ["name": "Postroom", "vendor": "Postroom"])
            }
            return IMAPMailSession(client: client, endpoint: endpoint, login: login)
        } catch {
            client.close()
            throw Self.failure(error, endpoint, login, .capabilities)
        }
    }

    /// Quirk `netease-id`: named by the server's own greeting (Coremail) or the services that run it.
    static func wantsIdentification(_ greeting: String, _ host: String) -> Bool {
        greeting.contains("Coremail") || ["163.com", "126.com", "yeah.net", "qq.com"].contains { host.hasSuffix($0) }
    }

    static func failure(_ error: any Error, _ endpoint: ServerEndpoint, _ login: String, _ stage: DiagnosisStage) -> any Error {
        guard let error = error as? IMAPError else { return error }
        switch error.cause {
        case .cancelled: return CancellationError()
        case .transport(let transport) where transport.cause == .cancelled: return CancellationError()
        default: return MailFailure(error, endpoint: endpoint, login: login, stage: stage)
        }
    }
}
