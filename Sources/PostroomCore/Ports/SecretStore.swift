/// A store that can seal all of its secrets anew.
public protocol SecretStore: Sendable {
    /// Replaces every sealed value by what `reseal` makes of it and its context, and these settings (nil removes one): all or nothing,
    /// on the disk when it returns. Returns the number of values.
    func resealSecrets(
        settings: [String: String?], _ reseal: @escaping @Sendable ([UInt8], String) throws -> [UInt8]
    ) async throws -> Int
}
