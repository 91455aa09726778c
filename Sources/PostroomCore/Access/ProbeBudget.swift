/// Bounds how often a person may make Postroom connect to servers: it is no tool to look around in other people's networks with.
public actor ProbeBudget {
    public enum Kind: String, Sendable, CaseIterable {
        /// A ladder asks a dozen servers at once.
        case discovery
        /// A test of a provider, or a doctor's visit.
        case test

        /// In a minute, for a member.
        var perMinute: Int {
            switch self {
            case .discovery: 20
            case .test: 20
            }
        }
    }

    private struct Key: Hashable {
        var user: UserID
        var kind: Kind
    }

    private let clock: any Clock
    private var uses: [Key: [Timestamp]] = [:]

    public init(clock: any Clock = SystemClock()) { self.clock = clock }

    /// Takes one; throws `too-many-probes` with the seconds to wait. Administrators, who answer for the machine, have ten times as many.
    public func take(_ kind: Kind, for user: User) throws {
        let now = clock.now()
        let key = Key(user: user.id, kind: kind)
        let limit = kind.perMinute * (user.isAdmin ? 10 : 1)
        if uses.count > 10_000 { uses = uses.filter { $0.value.last.map { $0 > now.adding(seconds: -60) } ?? false } }
        var recent = (uses[key] ?? []).filter { $0 > now.adding(seconds: -60) }
        guard recent.count < limit else {
            let wait = max(1, 60 - (now.seconds - recent[0].seconds))
            throw Problem(.tooManyProbes, details: ["seconds": String(wait)], members: ["retryAfter": String(wait)])
        }
        recent.append(now)
        uses[key] = recent
    }
}
