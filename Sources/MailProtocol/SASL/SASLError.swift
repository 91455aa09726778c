/// Why an exchange cannot go on from our side; the caller cancels it with `*`.
public enum SASLError: Error, Sendable, Equatable {
    /// The credentials are of a kind this mechanism cannot use.
    case unsuitableCredentials(SASLMechanism)
    /// The login or the password holds a byte the mechanism cannot carry (NUL, or U+0001 in OAuth).
    case forbiddenCharacter
    /// A challenge came where none may, or says something the mechanism's grammar does not know.
    case malformedChallenge(SASLMechanism)
    /// A challenge is longer than ``SASLExchange/longestChallenge``.
    case challengeTooLong
    /// The server's nonce does not start with ours (RFC 5802, section 5.1).
    case nonceMismatch
    /// The server asks for so few iterations that the proof is worthless, or so many that it is an attack on us.
    case iterationCount(Int)
    /// The server does not know the password it claims to check: an impostor, or a broken server.
    case serverNotProven
    /// The server said why it refuses (the `e=` value of RFC 5802, section 7).
    case refused(String)
    /// A -PLUS mechanism without channel binding data.
    case noChannelBinding
}
