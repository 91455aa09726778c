import Foundation
import Logging
import MailProtocol
import PostroomStore
import Synchronization
import Testing

@testable import PostroomCore

/// Renewal among several nodes on one store. The authorization server is played; real ones are in the end-to-end tests.
@Suite struct AccessTokensTests {
    /// Rotates, and takes a second use of a refresh token for theft.
    final class RotatingServer: OAuthAsking {
        let state = Mutex((number: 0, asked: 0, isDead: false))

        func ask(_ request: OAuthRequest) async throws -> OAuthReply {
            let shown = request.form?.first { $0.name == "refresh_token" }?.value.reveal()
            try await Task.sleep(for: .milliseconds(30))
            return state.withLock { state in
                state.asked += 1
                if shown != "rt-\(state.number)" { state.isDead = true }
                guard !state.isDead else { return OAuthReply(status: 400, body: Array(#"{"error":"invalid_grant"}"#.utf8)) }
                state.number += 1
                let body =
                    #"{"access_token":"at-\#(state.number)","refresh_token":"rt-\#(state.number)","token_type":"Bearer","expires_in":3600}"#
                return OAuthReply(status: 200, body: Array(body.utf8))
            }
        }
    }

    struct Bench {
        let folder = NSTemporaryDirectory() + "postroom-tokens-\(UUID().uuidString)"
        let store: SQLiteStore
        let vault: AESVault
        let server = RotatingServer()
        let account: AccountID

        init() async throws {
            store = try await SQLiteStore.open(folder: folder)
            vault = try AESVault.open(masterKey: [UInt8](repeating: 1, count: 32), wrapped: nil).vault
            let user = try await store.addUser(name: "u", displayName: "", isAdmin: true, passwordHash: nil)
            var settings = ProviderSettings(
                name: "p", imap: ServerEndpoint(host: "i", port: 993, security: .tls),
                smtp: ServerEndpoint(host: "s", port: 465, security: .tls),
                authentication: .oauth2)
            settings.oauth = OAuthSettings(clientID: "c", authorizeURL: "https://a/a", tokenURL: "https://a/t", scopes: ["mail"])
            let provider = try await store.addProvider(settings, ownerID: nil, sealedClientSecret: nil)
            account = try await store.addAccount(
                userID: user.id, providerID: provider.id, address: "a@b", login: "a@b", settings: AccountSettings(), senderName: "",
                sealedCredential: []
            ).id
            try await node().begin(
                IssuedTokens(access: Secret("at-0"), refresh: Secret("rt-0"), lifetime: 3600), identity: nil, scopes: ["mail"],
                for: account,
                sealedCredential: [])
        }

        func node() -> AccessTokens {
            AccessTokens(store: store, vault: vault, http: server, logger: Logger(label: "test"))
        }
    }

    @Test func oneRenewalForManyTasksOnSeveralNodes() async throws {
        let bench = try await Bench()
        let nodes = (0..<4).map { _ in bench.node() }
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<40 {
                group.addTask { try await nodes[index % 4].token(of: bench.account, insteadOf: Secret("at-0")).reveal() }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tokens == ["at-1"])
        #expect(bench.server.state.withLock { $0.asked } == 1)
    }

    @Test func aClaimOfTheDeadIsSeenAndAskedAgain() async throws {
        let bench = try await Bench()
        let now = SystemClock().now()
        let dead = try #require(
            try await bench.store.claimGrant(bench.account, by: "dead", until: now.adding(seconds: 45), now: now))
        #expect(!dead.wasInterrupted)
        #expect(try await bench.store.claimGrant(bench.account, by: "other", until: now.adding(seconds: 45), now: now) == nil)
        #expect(try await bench.store.dueGrants(at: now, limit: 10).due.isEmpty)
        try await bench.store.forgetDeadClaims()
        #expect(try await bench.store.dueGrants(at: now, limit: 10).due == [bench.account])
        let next = try #require(
            try await bench.store.claimGrant(bench.account, by: "other", until: now.adding(seconds: 45), now: now))
        #expect(next.wasInterrupted)
        #expect(try await bench.store.finishGrant(next.grant, claimedIn: .active, sealedTokens: nil))
        #expect(try await bench.node().token(of: bench.account, insteadOf: Secret("at-0")).reveal() == "at-1")
    }

    @Test func invalidGrantIsFinal() async throws {
        let bench = try await Bench()
        bench.server.state.withLock { $0.isDead = true }
        let node = bench.node()
        for _ in 0..<3 {
            await #expect {
                _ = try await node.token(of: bench.account, insteadOf: Secret("at-0"))
            } throws: { error in
                let failure = error as? MailFailure
                return failure?.retry == .afterAttention && failure?.diagnosis.cause == .tokenRevoked
            }
        }
        #expect(bench.server.state.withLock { $0.asked } == 1)
        let grant = try #require(try await bench.store.grant(of: bench.account))
        #expect(grant.state == .signInNeeded && grant.refreshAt == nil && grant.nextAction == .signIn)
    }

    @Test func cancellingWhoAsksDoesNotLoseTheAnswer() async throws {
        let bench = try await Bench()
        let node = bench.node()
        let asking = Task { try await node.token(of: bench.account, insteadOf: Secret("at-0")) }
        try await Task.sleep(for: .milliseconds(10))
        asking.cancel()
        _ = try? await asking.value
        #expect(try await node.token(of: bench.account, insteadOf: Secret("at-0")).reveal() == "at-1")
        #expect(bench.server.state.withLock { $0.asked } == 1)
    }

    @Test func disconnectingDuringARenewalWins() async throws {
        let bench = try await Bench()
        let node = bench.node()
        async let renewal = try? node.token(of: bench.account, insteadOf: Secret("at-0"))
        try await Task.sleep(for: .milliseconds(10))
        try await node.disconnect(bench.account)
        _ = await renewal
        let grant = try #require(try await bench.store.grant(of: bench.account))
        #expect(grant.state == .disconnected)
        #expect(try await bench.store.sealedTokens(of: bench.account)?.isEmpty == true)
    }
}
