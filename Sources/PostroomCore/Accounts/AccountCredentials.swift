import MailProtocol

/// What is sealed for an account.
enum StoredCredential {
    case password(Secret)
}

/// Opens and seals what accounts sign in with.
public struct AccountCredentials: AccountConnecting {
    let store: any DirectoryStore
    let vault: any Vault

    public init(store: any DirectoryStore, vault: any Vault) {
        self.store = store
        self.vault = vault
    }

    public func connection(to side: MailSide, of id: AccountID) async throws -> ConnectionDetails {
        guard let account = try await store.account(id), let provider = try await store.provider(account.providerID) else {
            throw StoreError.notFound(what: "account")
        }
        let settings = provider.settings
        let credentials: Credentials
        switch try await open(id) {
        case .password(let password): credentials = .password(login: account.login, password: password)
        }
        return ConnectionDetails(
            endpoint: side == .imap ? settings.imap : settings.smtp, credentials: credentials,
            pinnedCertificate: settings.pinnedCertificate)
    }

    func open(_ id: AccountID) async throws -> StoredCredential {
        guard let sealed = try await store.sealedCredential(of: id) else { throw StoreError.notFound(what: "account") }
        let bytes = try vault.open(sealed, context: "account:\(id)")
        guard let kind = bytes.first, kind == UInt8(ascii: "p") else { throw VaultError.unreadable }
        return .password(Secret(bytes: bytes.dropFirst()))
    }

    /// One byte for the kind, then the secret.
    func seal(_ credential: StoredCredential, of id: AccountID) throws -> [UInt8] {
        switch credential {
        case .password(let password):
            try password.withBytes { try vault.seal([UInt8(ascii: "p")] + $0, context: "account:\(id)") }
        }
    }
}
