/// Seals secrets for the store and opens them again (AES-256-GCM; DESIGN rule 6).
///
/// `context` names what the secret belongs to (`account:12`); a secret sealed for one context does not open in another.
public protocol Vault: Sendable {
    func seal(_ bytes: [UInt8], context: String) throws -> [UInt8]
    func open(_ sealed: [UInt8], context: String) throws -> [UInt8]
}
