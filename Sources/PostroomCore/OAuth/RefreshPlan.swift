/// When access tokens are renewed: a pure decision, so that it can be tested as a table.
public enum RefreshPlan {
    /// Ahead of the end by a tenth to a quarter of the lifetime (`random` in 0..<1 chooses), so that a thousand accounts that were
    /// connected in one morning don't ask in one minute for ever after.
    public static func next(issuedAt: Timestamp, expiresAt: Timestamp, random: Double) -> Timestamp {
        let lifetime = Double(expiresAt.milliseconds - issuedAt.milliseconds)
        return expiresAt.adding(milliseconds: -Int64(lifetime * (0.1 + 0.15 * random)))
    }

    /// Whether a token may still be shown to a server: with a minute to go, or a tenth of a short lifetime, because the sign-in
    /// takes time too and clocks differ.
    public static func isGood(issuedAt: Timestamp, expiresAt: Timestamp, at now: Timestamp) -> Bool {
        let lifetime = max(0, expiresAt.milliseconds - issuedAt.milliseconds)
        return now.milliseconds < expiresAt.milliseconds - min(60_000, lifetime / 10)
    }

    /// After a failure that passes: 5 s, doubling up to 15 minutes, spread over 75% to 125%; never sooner than the server asked.
    public static func retry(failures: Int, retryAfter: Int?, now: Timestamp, random: Double) -> Timestamp {
        let base = min(5_000 << Int64(min(max(0, failures - 1), 10)), 900_000)
        let wait = max(Double(base) * (0.75 + random / 2), Double(min(max(0, retryAfter ?? 0), 3_600)) * 1_000)
        return now.adding(milliseconds: Int64(wait))
    }
}
