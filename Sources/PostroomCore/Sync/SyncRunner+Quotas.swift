/// How full the account is, once a look.
extension SyncRunner {
    enum Quotas {
        case known
        case wanted
        case asked(Task<[ServerQuota]?, any Error>)
    }

    /// To be called where the server would otherwise wait for us: it may look through the whole mailbox for its answer.
    func askQuotas() {
        guard case .wanted = quotas else { return }
        quotas = .asked(
            Task { [session] in
                do {
                    return try await session.quotas()
                } catch let failure as MailFailure where failure.isConnectionUsable {
                    return nil  // A server that refuses to tell: it costs nothing but that.
                }
            })
    }

    func keepQuotas() async throws {
        askQuotas()
        guard case .asked(let answer) = quotas else { return }
        quotas = .known
        if let told = try await answer.value { try await store.replaceQuotas(with: told, of: account) }
    }
}
