/// Which mechanisms to try and in which order: a pure decision, so that every server's list can be tested as a table row.
public enum SASLSelection {
    private static let strongestFirst: [SASLMechanism] = [
        .scramSHA256Plus, .scramSHA1Plus, .scramSHA256, .scramSHA1, .cramMD5, .plain, .login, .oauthBearer, .xoauth2, .external,
    ]

    /// The mechanisms both sides speak, strongest first; empty where nothing is both possible and permitted.
    /// - Parameters:
    ///   - offered: the server's names in any letter case.
    ///   - isEncrypted: whether TLS protects the line.
    ///   - allowPlaintext: the provider says "None": secrets may be seen on the line.
    ///   - channelBinding: the TLS session's, nil where it has none.
    public static func candidates(
        offered: some Sequence<String>, credentials: Credentials, isEncrypted: Bool, allowPlaintext: Bool, channelBinding: ChannelBinding?
    ) -> [SASLMechanism] {
        let known = Set(offered.compactMap { SASLMechanism(name: $0) })
        return strongestFirst.filter { mechanism in
            guard known.contains(mechanism), mechanism.suits(credentials) else { return false }
            if mechanism.bindsChannel && channelBinding == nil { return false }
            return isEncrypted || allowPlaintext || !mechanism.revealsSecret
        }
    }

    /// The mechanism to try after `failed` was turned down, nil when another try would only repeat a wrong password.
    ///
    /// A server that does not take a mechanism after all (`isCredentialFailure` false) costs one candidate. A refused password is
    /// tried once more where only a stored hash may be at fault: after a challenge mechanism, by PLAIN or LOGIN on a line that allows it.
    public static func next(after failed: SASLMechanism, isCredentialFailure: Bool, in candidates: [SASLMechanism]) -> SASLMechanism? {
        guard let position = candidates.firstIndex(of: failed) else { return nil }
        let rest = candidates[(position + 1)...]
        guard isCredentialFailure else { return rest.first }
        if failed.revealsSecret || failed == .external { return nil }
        // A -PLUS mechanism also fails where the server does not take our type of binding.
        return rest.first { $0.revealsSecret } ?? (failed.bindsChannel ? rest.first { !$0.bindsChannel } : nil)
    }
}

extension SASLMechanism {
    fileprivate func suits(_ credentials: Credentials) -> Bool {
        switch (self, credentials) {
        case (.xoauth2, .bearer), (.oauthBearer, .bearer), (.external, .external): true
        case (.xoauth2, _), (.oauthBearer, _), (.external, _): false
        case (_, .password): true
        default: false
        }
    }
}
