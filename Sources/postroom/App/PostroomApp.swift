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
    let services: WebServices
    let supervisor: AccountSupervisor
    let logger: Logger

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

    /// Opens the data folder (made where it is missing), the vault and the mail side. Nothing runs yet.
    static func build(_ options: GlobalOptions, operatorToken: String, logger: Logger) async throws -> PostroomApp {
        let folder = options.dataFolder
        let store = try await open(folder: folder, database: options.databaseURL)
        let wrapped = try await store.setting("data-key").flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        let vault: AESVault
        let kept: [UInt8]
        do {
            (vault, kept) = try AESVault.open(masterKey: try MasterKey.load(folder: folder), wrapped: wrapped)
        } catch is VaultError {
            throw CommandFailure(.refused, "The master key does not fit the data in \(folder): use the key that it was made with.")
        }
        if wrapped == nil { try await store.setSetting("data-key", to: Data(kept).base64EncodedString()) }

        let network: NetworkControl
        do {
            network = try NetworkControl(folder: folder, fixed: options.allowedNetworks, extraAuthority: options.authorityFile)
        } catch let problem as Problem {
            throw CommandFailure(.usage, "--allow-network: " + CommandFailure.line(problem.phrase(in: Terminal.language)))
        }
        if let problem = network.trust.problems().first {
            throw CommandFailure(.badInput, "The certificate file \(problem.path) can't be used: \(problem.reason).")
        }
        try network.allow(networks: (try await store.setting("allow-networks") ?? "").split(separator: ",").map(String.init))
        var connectionOptions = ConnectionOptions(trust: network.trust, addressPolicy: network.policy)
        if let resolver = options.resolver {
            guard let server = DNSResolver.Server(resolver) else {
                throw CommandFailure(.usage, "--dns takes HOST:PORT, as in 127.0.0.1:53; “\(resolver)” is neither.")
            }
            connectionOptions.resolver = .dns(DNSResolver(server: server))
        }
        connectionOptions.logger = logger
        return assemble(
            folder: folder, store: store, vault: vault, network: network, connections: connectionOptions, operatorToken: operatorToken,
            logger: logger)
    }
}
