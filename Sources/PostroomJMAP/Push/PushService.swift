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
    static let mostPerUser = 50

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
        directory: any DirectoryStore, changes: any ChangeFeed, poster: any PushPosting, clock: any PostroomCore.Clock = SystemClock()
    ) {
        self.directory = directory
        self.changes = changes
        self.poster = poster
        self.clock = clock
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
            let verified = ((try? await subscriptions(of: id)) ?? []).filter(\.isVerified)
            guard !verified.isEmpty, let user = try? await directory.user(id), !user.isDisabled,
                AccountAccess.of(user, to: account).mayRead
            else { continue }
            all += verified.map { (id, $0) }
        }
        return all
    }

    private func deliver(_ outgoing: Outgoing) async {
        await send(outgoing.message, to: outgoing.subscription, of: outgoing.user)
        let id = outgoing.subscription.id
        while let more = waiting[id], !more.isEmpty {
            waiting[id] = [:]
            await send(StateChangeJSON.bytes(more), to: outgoing.subscription, of: outgoing.user)
        }
        waiting[id] = nil
    }

    func subscriptions(of user: UserID) async throws -> [PushSubscription] {
        guard let text = try await directory.setting(Self.setting(user)) else { return [] }
        let all = try JSONDecoder().decode([PushSubscription].self, from: Data(text.utf8))
        let now = clock.now()
        return all.filter { $0.expires > now }
    }

    private func save(_ subscriptions: [PushSubscription], of user: UserID) async throws {
        let text = String(decoding: try JSONEncoder().encode(subscriptions), as: UTF8.self)
        try await directory.setSetting(Self.setting(user), to: subscriptions.isEmpty ? nil : text)
    }

    private static func setting(_ user: UserID) -> String { "push-subscriptions-\(user.value)" }

    func expiry(_ wanted: Timestamp?) -> Timestamp {
        let latest = clock.now().adding(seconds: Self.lifetime).wholeSeconds
        return min(wanted ?? latest, latest)
    }

    /// Adds it and sends the verification code to its URL.
    func add(_ subscription: PushSubscription, of user: UserID) async throws {
        var all = try await subscriptions(of: user)
        guard all.count < Self.mostPerUser else { throw SetError("overQuota", "A user may have \(Self.mostPerUser) push subscriptions.") }
        // One a device: a client that lost its state subscribes again.
        all.removeAll { $0.deviceClientID == subscription.deviceClientID && $0.url == subscription.url }
        all.append(subscription)
        try await save(all, of: user)
        var json = JSONWriter()
        json.beginObject()
        json.member("@type", "PushVerification")
        json.member("pushSubscriptionId", subscription.id)
        json.member("verificationCode", subscription.secretCode)
        json.endObject()
        queueSource.yield(Outgoing(message: json.bytes, subscription: subscription, user: user))
    }

    func update(_ subscription: PushSubscription, of user: UserID) async throws {
        var all = try await subscriptions(of: user)
        guard let place = all.firstIndex(where: { $0.id == subscription.id }) else { throw SetError.notFound }
        all[place] = subscription
        try await save(all, of: user)
    }

    func remove(_ id: String, of user: UserID) async throws -> Bool {
        var all = try await subscriptions(of: user)
        guard let place = all.firstIndex(where: { $0.id == id }) else { return false }
        all.remove(at: place)
        try await save(all, of: user)
        return true
    }

    /// A place that says it is gone is forgotten (RFC 8030 §7.3); other failures lose one message, which the next replaces.
    private func send(_ message: [UInt8], to subscription: PushSubscription, of user: UserID) async {
        var headers: [(name: String, value: String)] = [("TTL", "86400"), ("Urgency", "normal")]
        var body = message
        if let keys = subscription.keys {
            guard let sealed = try? PushEncryption.seal(message, p256dh: keys.p256dh, auth: keys.auth) else { return }
            body = sealed
            headers += [("Content-Encoding", "aes128gcm"), ("Content-Type", "application/octet-stream")]
        } else {
            headers.append(("Content-Type", "application/json"))
        }
        guard let status = try? await poster.post(body, to: subscription.url, headers: headers) else { return }
        if status == 404 || status == 410 { _ = try? await remove(subscription.id, of: user) }
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
