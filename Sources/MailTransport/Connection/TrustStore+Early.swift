import X509

extension TrustStore {
    /// Begins to read the system's authorities, in the background, so that the first handshake need not wait for some hundred files.
    public static func readEarly() { _ = CertificateStore.systemTrustRoots }
}
