import MailProtocol

/// What is sealed for an account.
enum StoredCredential {
    case password(Secret)
    /// Its tokens are kept with the grant, because they change by themselves.
    case oauth
}

/// Opens and seals what accounts sign in with.
public struct AccountCredentials: AccountConnecting {
    let store: any DirectoryStore
    let vault: any Vault
    let tokens: AccessTokens

    public init(store: any DirectoryStore, vault: any Vault, tokens: AccessTokens) {
        self.store = store
        self.vault = vault
        self.tokens = tokens
    }

    public func connection(to side: MailSide, of id: AccountID) async throws -> ConnectionDetails {
        try await connection(to: side, of: id, insteadOf: nil)
    }

    public func connection(to side: MailSide, of id: AccountID, insteadOfRefused details: ConnectionDetails) async throws
        -> ConnectionDetails?
    {
        guard case .bearer(_, let token) = details.credentials else { return nil }
        return try await connection(to: side, of: id, insteadOf: token)
    }

    private func connection(to side: MailSide, of id: AccountID, insteadOf refused: Secret?) async throws -> ConnectionDetails {
        guard let account = try await store.account(id), let provider = try await store.provider(account.providerID) else {
            throw StoreError.notFound(what: "account")
        }
        let settings = provider.settings
        let credentials: Credentials
        switch try await open(id) {
        case .password(let password): credentials = .password(login: account.login, password: password)
        case .oauth: credentials = .bearer(login: account.login, token: try await tokens.token(of: id, insteadOf: refused))
        }
        return ConnectionDetails(
            endpoint: side == .imap ? settings.imap : settings.smtp, credentials: credentials,
            pinnedCertificate: settings.pinnedCertificate)
    }

    func open(_ id: AccountID) async throws -> StoredCredential {
        guard let sealed = try await store.sealedCredential(of: id) else { throw StoreError.notFound(what: "account") }
        let bytes = try vault.open(sealed, context: "account:\(id)")
        switch bytes.first {
        case UInt8(ascii: "p"): return .password(Secret(bytes: bytes.dropFirst()))
        case UInt8(ascii: "o"): return .oauth
        default: throw VaultError.unreadable
        }
    }

    /// One byte for the kind, then the secret.
    func seal(_ credential: StoredCredential, of id: AccountID) throws -> [UInt8] {
        switch credential {
        case .password(let password):
            try password.withBytes { try vault.seal([UInt8(ascii: "p")] + $0, context: "account:\(id)") }
        case .oauth:
            try vault.seal([UInt8(ascii: "o")], context: "account:\(id)")
        }
    }
}
