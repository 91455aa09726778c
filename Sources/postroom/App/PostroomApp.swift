import Foundation
import Hummingbird
import Logging
import MailTransport
import PostroomCore
import PostroomJMAP
import PostroomStore
import PostroomWeb

/// The whole program put together from its settings: the only place where adapters meet ports. Commands and tests build it here too.
struct PostroomApp {
    let folder: String
    let store: SQLiteStore
    let supervisor: AccountSupervisor
    let renewal: TokenRenewal
    let logger: Logger
    /// What the page and the API are served from; a command that mirrors a mailbox goes without.
    let makeServices: @Sendable () -> WebServices

    /// The embedded database of the folder, or PostgreSQL; then the folder holds the master key and the server's address only.
    private static func open(folder: String, database url: String?) async throws -> SQLiteStore {
        if let url {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            do {
                return try await SQLStore.open(postgres: url)
            } catch {
                throw CommandFailure(.unavailable, "The database does not answer: \(error). Check --database and that the server runs.")
            }
        }
        do {
            return try await SQLiteStore.open(folder: folder)
        } catch let error as DataFolderError {
            throw CommandFailure(.failed, error.sentence(folder: folder))
        }
    }

    /// The vault, after what a change of keys that was cut short left to do.
    private static func openVault(folder: String, store: SQLStore) async throws -> (KeyRing, MasterKeyFile) {
        let wrapped = try await store.setting("data-key").flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        let masterKeys = MasterKeyFile(folder: folder)
        let vault: AESVault
        do {
            if let wrapped {
                vault = try masterKeys.open(wrapped)
            } else {
                let kept: [UInt8]
                (vault, kept) = try AESVault.open(masterKey: try masterKeys.currentOrNew(), wrapped: nil)
                try await store.setSetting("data-key", to: Data(kept).base64EncodedString())
            }
        } catch is VaultError {
            throw CommandFailure(.refused, "The master key does not fit the data in \(folder): use the key that it was made with.")
        }
        let ring = KeyRing(vault)
        try await KeyRotation(store: store, ring: ring, masterKeys: masterKeys).resume()
        return (ring, masterKeys)
    }

    /// Opens the data folder (made where it is missing), the vault and the mail side. Nothing runs yet.
    static func build(_ options: GlobalOptions, operatorToken: String, logger: Logger) async throws -> PostroomApp {
        let folder = options.dataFolder
        let store = try await open(folder: folder, database: options.databaseURL)
        let (vault, masterKeys) = try await openVault(folder: folder, store: store)
        let commands = NodeCommands()
        let sharing = options.databaseURL.map { url in PostgresLeases(store: store, url: url) { await commands.carryOut($0) } }

        let network: NetworkControl
        do {
            network = try NetworkControl(
                folder: folder, fixed: options.allowedNetworks, extraAuthority: options.authorityFile, sharing: sharing)
        } catch let problem as Problem {
            throw CommandFailure(.usage, "--allow-network: " + CommandFailure.line(problem.phrase(in: Terminal.language)))
        }
        if let problem = network.trust.problems().first {
            throw CommandFailure(.badInput, "The certificate file \(problem.path) can't be used: \(problem.reason).")
        }
        if sharing == nil {
            try network.allow(networks: (try await store.setting("allow-networks") ?? "").split(separator: ",").map(String.init))
        } else {
            // Another node may have been told of an authority that this folder does not have yet.
            try await network.follow(store)
        }
        var connectionOptions = ConnectionOptions(trust: network.trust, addressPolicy: network.policy)
        // Somebody waits for what discovery asks: two short attempts.
        var dns = DNSResolver(secondsPerAttempt: 1)
        if let resolver = options.resolver {
            guard let server = DNSResolver.Server(resolver) else {
                throw CommandFailure(.usage, "--dns takes HOST:PORT, as in 127.0.0.1:53; “\(resolver)” is neither.")
            }
            connectionOptions.resolver = .dns(DNSResolver(server: server))
            dns = DNSResolver(server: server, secondsPerAttempt: 1)
        }
        connectionOptions.logger = logger
        let keys = KeyRotation(
            store: store, ring: vault, masterKeys: masterKeys, settling: .seconds(1), announce: { await sharing?.tell(.keys) })
        commands.set { command in
            switch command {
            case .keys: try? await keys.follow()
            case .network: try? await network.follow(store)
            case .account: break
            }
        }
        return assemble(
            folder: folder, store: store, vault: vault, keys: keys, sharing: sharing, network: network, connections: connectionOptions,
            dns: dns,
            operatorToken: operatorToken,
            logger: logger)
    }
}
