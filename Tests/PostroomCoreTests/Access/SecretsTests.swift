import Testing

@testable import PostroomCore

@Suite("Secrets")
struct SecretsTests {
    private let master = [UInt8](repeating: 7, count: 32)

    @Test("what is sealed opens again, for the same context only")
    func sealing() throws {
        let (vault, _) = try AESVault.open(masterKey: master, wrapped: nil)
        let sealed = try vault.seal(Array("пароль".utf8), context: "account:1")
        #expect(try vault.open(sealed, context: "account:1") == Array("пароль".utf8))
        #expect(throws: VaultError.wrongKey) { try vault.open(sealed, context: "account:2") }
        #expect(try vault.seal(Array("пароль".utf8), context: "account:1") != sealed)
    }

    @Test("every changed byte is noticed")
    func tampering() throws {
        let (vault, _) = try AESVault.open(masterKey: master, wrapped: nil)
        let sealed = try vault.seal(Array("secret".utf8), context: "c")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: VaultError.self) { try vault.open(changed, context: "c") }
        }
        for length in 0..<sealed.count { #expect(throws: VaultError.self) { try vault.open(Array(sealed.prefix(length)), context: "c") } }
    }

    @Test("the data key survives a change of the master key, and no other key opens it")
    func rotation() throws {
        let (vault, wrapped) = try AESVault.open(masterKey: master, wrapped: nil)
        let sealed = try vault.seal([1, 2, 3], context: "c")
        let other = [UInt8](repeating: 9, count: 32)
        let rewrapped = try vault.rewrap(masterKey: other)
        #expect(try AESVault.open(masterKey: other, wrapped: rewrapped).vault.open(sealed, context: "c") == [1, 2, 3])
        #expect(throws: VaultError.wrongKey) { try AESVault.open(masterKey: other, wrapped: wrapped) }
        #expect(throws: VaultError.wrongKeyLength(5)) { try AESVault.open(masterKey: [1, 2, 3, 4, 5], wrapped: nil) }
    }

    @Test("passwords are known by their hash, also after the cost was raised")
    func passwords() throws {
        let hash = try PasswordHash(cost: 1024).make(of: "correct horse")
        #expect(PasswordHash.verify("correct horse", against: hash))
        #expect(!PasswordHash.verify("correct hors", against: hash))
        #expect(!PasswordHash.verify("", against: "nonsense"))
        #expect(try PasswordHash(cost: 1024).make(of: "correct horse") != hash)
    }

    @Test("guessing gets slower, an hour forgets it")
    func limiter() {
        var limiter = AttemptLimiter()
        var now = Timestamp(seconds: 1_000_000)
        for _ in 0..<AttemptLimiter.free {
            #expect(limiter.wait(for: "name:a", at: now) == nil)
            limiter.noteFailure("name:a", at: now)
        }
        var waits: [Int64] = []
        for _ in 0..<12 {
            let wait = limiter.wait(for: "name:a", at: now) ?? 0
            waits.append(wait)
            now = now.adding(seconds: wait)
            limiter.noteFailure("name:a", at: now)
        }
        #expect(waits == waits.sorted())
        #expect(waits.last == AttemptLimiter.longestWait)
        #expect(limiter.wait(for: "name:b", at: now) == nil)
        #expect(limiter.wait(for: "name:a", at: now.adding(seconds: 4000)) == nil)
        limiter.forget("name:a")
        #expect(limiter.wait(for: "name:a", at: now) == nil)
    }
}
