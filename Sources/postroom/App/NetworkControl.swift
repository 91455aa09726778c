import Foundation
import MailTransport
import PostroomCore

/// Which networks and certificate authorities the mail side accepts; changes hold at once, without a restart.
final class NetworkControl: NetworkControlling {
    let policy: AddressPolicySource
    let trust: TrustStore
    private let fixed: [String]
    private let authorityFile: String
    private let sharing: (any AccountSharing)?

    /// `fixed` and `extraAuthority` come from the command line; the rest is kept in the store and the data folder.
    init(folder: String, fixed: [String], extraAuthority: String?, sharing: (any AccountSharing)? = nil) throws {
        self.sharing = sharing
        let authorityFile = folder + "/trusted-ca.pem"
        self.authorityFile = authorityFile
        self.fixed = fixed
        self.policy = AddressPolicySource(AddressPolicy(allowed: try Self.blocks(fixed)))
        self.trust = TrustStore {
            ([extraAuthority] + [FileManager.default.fileExists(atPath: authorityFile) ? authorityFile : nil]).compactMap { $0 }
        }
    }

    func allow(networks: [String]) throws {
        policy.replace(AddressPolicy(allowed: try Self.blocks(fixed + networks)))
    }

    func trust(certificates pem: String) throws {
        guard pem.isEmpty || pem.contains("-----BEGIN CERTIFICATE-----") else {
            throw Problem(
                .invalidValue, field: "trustedCertificates",
                details: ["field": "trustedCertificates", "value": String(pem.prefix(40)), "allowed": "PEM"])
        }
        if pem.isEmpty {
            if FileManager.default.fileExists(atPath: authorityFile) { try FileManager.default.removeItem(atPath: authorityFile) }
        } else {
            try Data(pem.utf8).write(to: URL(fileURLWithPath: authorityFile), options: .atomic)
        }
    }

    func announce() async { await sharing?.tell(.network) }

    /// What the settings say, which another node may have changed.
    func follow(_ store: any DirectoryStore) async throws {
        try allow(networks: (try await store.setting("allow-networks") ?? "").split(separator: ",").map(String.init))
        try trust(certificates: try await store.setting("trusted-certificates") ?? "")
    }

    static func blocks(_ texts: [String]) throws -> [CIDRBlock] {
        try texts.map { text in
            guard let block = CIDRBlock(text) else {
                throw Problem(
                    .invalidValue, field: "allowNetworks",
                    details: ["field": "allowNetworks", "value": text, "allowed": "10.0.0.0/8, 127.0.0.1/32, fd00::/8"])
            }
            return block
        }
    }
}
