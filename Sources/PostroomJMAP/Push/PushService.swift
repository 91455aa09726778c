import Foundation
import PostroomCore

/// Sends a push message over HTTPS, never to an address that the address policy forbids.
public protocol PushPosting: Sendable {
    /// POSTs `body`; returns the status.
    func post(_ body: [UInt8], to url: String, headers: [(name: String, value: String)]) async throws -> Int
}

/// Keeps push subscriptions and tells them of changes (RFC 8620 §7.2).
///
/// They belong to a user, not to an account, and are few: a user's are one setting.
public actor PushService {
    private let directory: any DirectoryStore
    private let changes: any ChangeFeed
    private let poster: any PushPosting
    private let clock: any PostroomCore.Clock
    /// The longest that a subscription lives without being renewed: a week (RFC 8620 §7.2 wants at least 48 hours).
    private static let lifetime: Int64 = 7 * 86_400
    /// An encrypted message has 4,096 octets (RFC 8291 §4): the states of an account take some 200.
    private static let accountsInMessage = 15
    static let mostPerUser = 50
    /// New ones in an hour: each makes this server call a stranger's (RFC 8620 §8.6).
    static let mostPerHour = 100
    private var recent: [UserID: [Timestamp]] = [:]
    /// How long a receiver that has too much is left alone.
    private let pause: Duration

    /// One message on its way.
    private struct Outgoing: Sendable {
        var message: [UInt8]
        var subscription: PushSubscription
        var user: UserID
    }

    /// Verifications wait here for `run`: the answer to the client must not wait for a stranger's server.
    private let queue: AsyncStream<Outgoing>
    private let queueSource: AsyncStream<Outgoing>.Continuation

    public init(
        directory: any DirectoryStore, changes: any ChangeFeed, poster: any PushPosting, clock: any PostroomCore.Clock = SystemClock(),
        pause: Duration = .seconds(60)
    ) {
        self.directory = directory
        self.changes = changes
        self.poster = poster
        self.clock = clock
        self.pause = pause
        (queue, queueSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1000))
    }

    /// What has changed for a subscription whose last message is still on its way: told in one when that is done.
    private var waiting: [String: [AccountID: [DataType: Int64]]] = [:]

    /// Verifies new subscriptions and tells subscribers of every commit, until the task is cancelled.
    ///
    /// A slow receiver delays its own messages only.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.hearOfChanges() }
            for await outgoing in queue {
                group.addTask { await self.deliver(outgoing) }
            }
        }
    }

    private func hearOfChanges() async {
        for await change in changes.stateChanges() {
            guard !change.states.isEmpty, let account = try? await directory.account(change.accountID) else { continue }
            for (user, subscription) in await subscriptions(to: account) {
                let states = change.states.filter { subscription.wants($0.key) }
                guard !states.isEmpty else { continue }
                if waiting[subscription.id] != nil {
                    waiting[subscription.id]?[account.id, default: [:]].merge(states) { max($0, $1) }
                } else {
                    waiting[subscription.id] = [:]
                    let message = StateChangeJSON.bytes([account.id: states])
                    queueSource.yield(Outgoing(message: message, subscription: subscription, user: user))
                }
            }
        }
    }

    /// The verified subscriptions of everybody who may read the account.
    private func subscriptions(to account: Account) async -> [(UserID, PushSubscription)] {
        var all: [(UserID, PushSubscription)] = []
        for id in [account.userID] + account.shares.map(\.userID) {
            let verified = await live(((try? await subscriptions(of: id)) ?? []).filter(\.isVerified), of: id)
            guard !verified.isEmpty, let user = try? await directory.user(id), !user.isDisabled,
                AccountAccess.of(user, to: account).mayRead
            else { continue }
            all += verified.map { (id, $0) }
        }
        return all
    }

    /// Those whose credentials still hold; the others are destroyed (RFC 8620 §7.2).
    private func live(_ all: [PushSubscription], of user: UserID) async -> [PushSubscription] {
        var live: [PushSubscription] = []
        for subscription in all {
            guard let credential = subscription.credential else {
                live.append(subscription)
                continue
            }
            // Where that can't be found out now, nothing is sent and nothing is lost but this message.
            switch try? await RequestCredential.isValid(credential, of: user, in: directory, now: clock.now()) {
            case true?: live.append(subscription)
            case false?: try? await remove(subscription.id, of: user)
            case nil: break
            }
        }
        return live
    }

    private func deliver(_ outgoing: Outgoing) async {
        await send(outgoing.message, to: outgoing.subscription, of: outgoing.user)
        let id = outgoing.subscription.id
        while let more = waiting[id], !more.isEmpty {
            waiting[id] = [:]
            let accounts = more.keys.sorted()
            for start in stride(from: 0, to: accounts.count, by: Self.accountsInMessage) {
                let some = Set(accounts[start..<min(accounts.count, start + Self.accountsInMessage)])
                let message = StateChangeJSON.bytes(more.filter { some.contains($0.key) })
                await send(message, to: outgoing.subscription, of: outgoing.user)
            }
        }
        waiting[id] = nil
    }

    func subscriptions(of user: UserID) async throws -> [PushSubscription] {
        try Self.read(try await directory.setting(Self.setting(user)), now: clock.now())
    }

    private static func read(_ text: String?, now: Timestamp) throws -> [PushSubscription] {
        guard let text else { return [] }
        return try JSONDecoder().decode([PushSubscription].self, from: Data(text.utf8)).filter { $0.expires.map { $0 > now } ?? true }
    }

    private static func setting(_ user: UserID) -> String { "push-subscriptions-\(user.value)" }

    /// A credential that ends by itself is bound enough (RFC 8620 §7.2).
    nonisolated func expiry(_ wanted: Timestamp?, isTimed: Bool) -> Timestamp? {
        if isTimed { return wanted }
        let latest = clock.now().adding(seconds: Self.lifetime).wholeSeconds
        return min(wanted ?? latest, latest)
    }

    /// Everything that one call wants of a user's subscriptions as one transaction; new ones are sent their verification code then. `body`
    /// is told how many more there may be now.
    func edit<Value: Sendable>(
        of user: UserID, _ body: @escaping @Sendable (inout [PushSubscription], _ allowance: Int) throws -> Value
    ) async throws -> Value {
        let now = clock.now()
        recent[user]?.removeAll { $0 <= now.adding(seconds: -3600) }
        let allowance = max(0, Self.mostPerHour - (recent[user]?.count ?? 0))
        let (value, added) = try await directory.changeSetting(Self.setting(user)) { text -> (Value, [PushSubscription]) in
            let before = try Self.read(text, now: now)
            var all = before
            let value = try body(&all, allowance)
            let data = try JSONEncoder().encode(all)
            text = all.isEmpty ? nil : String(decoding: data, as: UTF8.self)
            let known = Set(before.map(\.id))
            return (value, all.filter { !known.contains($0.id) })
        }
        if !added.isEmpty { recent[user, default: []] += added.map { _ in now } }
        for subscription in added {
            var json = JSONWriter()
            json.beginObject()
            json.member("@type", "PushVerification")
            json.member("pushSubscriptionId", subscription.id)
            json.member("verificationCode", subscription.secretCode)
            json.endObject()
            queueSource.yield(Outgoing(message: json.bytes, subscription: subscription, user: user))
        }
        return value
    }

    private func remove(_ id: String, of user: UserID) async throws {
        try await edit(of: user) { all, _ in all.removeAll { $0.id == id } }
    }

    /// Any refusal but 429 and 503 is for good, and the subscription with it; other failures lose one message, which the next replaces
    /// (RFC 8620 §7.2).
    private func send(_ message: [UInt8], to subscription: PushSubscription, of user: UserID) async {
        // What the body is once it is decoded (RFC 8620 §7.2, RFC 9110 §8.4).
        var headers: [(name: String, value: String)] = [("TTL", "86400"), ("Urgency", "normal"), ("Content-Type", "application/json")]
        var body = message
        if let keys = subscription.keys {
            guard let sealed = try? PushEncryption.seal(message, p256dh: keys.p256dh, auth: keys.auth) else { return }
            body = sealed
            headers.append(("Content-Encoding", "aes128gcm"))
        }
        guard let status = try? await poster.post(body, to: subscription.url, headers: headers) else { return }
        switch status {
        // What changes meanwhile is told in one message.
        case 429: try? await Task.sleep(for: pause)
        case 503: break
        case 400...: try? await remove(subscription.id, of: user)
        default: break
        }
    }
}

/// The StateChange object (RFC 8620 §7.1).
public enum StateChangeJSON {
    public static func bytes(_ changed: [AccountID: [DataType: Int64]]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("@type", "StateChange")
        json.key("changed")
        json.beginObject()
        for (account, states) in changed.sorted(by: { $0.key < $1.key }) {
            json.key(account.jmap)
            json.beginObject()
            for (type, state) in states.sorted(by: { $0.key.rawValue < $1.key.rawValue }) { json.member(type.rawValue, String(state)) }
            json.endObject()
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }
}
