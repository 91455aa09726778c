import MailProtocol
import MailTransport
import Testing

/// Every extension on every server: what it does where it is offered, and what stands in for it where it is not.
@Suite("IMAP extensions on real servers", .enabled(if: MailBed.isUp), .timeLimit(.minutes(5)))
struct IMAPExtensionTests {
    @Test("every server of the bed is up", .enabled(if: MailBed.shared?.knowsItsPeers == true))
    func everyServer() throws {
        let missing = try #require(MailBed.shared).missing
        #expect(missing.isEmpty, "not tested on this machine: \(missing)")
    }

    @Test("each server offers what the table says, before or after sign-in", arguments: RealServer.up)
    func offered(server: RealServer) async throws {
        let client = try await server.connected()
        let before = client.capabilities
        try await client.signIn(MailBed.password(of: "carol"))
        let after = client.capabilities
        let offered = IMAPExtension.allCases.filter { $0.isOffered(by: before) || $0.isOffered(by: after) }
        #expect(Set(offered) == Set(IMAPExtension.allCases.filter { $0.servers.contains(server) }))
        // What none of the three has and a test of ours plays (IMAPDialogueTests, IMAPQuirkTests).
        for name in ["IMAP4REV2", "LITERAL-", "X-GM-EXT-1"] { #expect(!after.contains(name)) }
        await client.logout()
    }

    @Test("does what it says, or has its stand-in", arguments: IMAPExtension.cases)
    func exercise(server: RealServer, with it: IMAPExtension) async throws {
        let isOffered = it.servers.contains(server)
        try await Stage.run(on: server) { stage in
            switch it {
            case .namespace, .id, .children, .enable, .specialUse, .createSpecialUse, .listExtended, .listStatus, .statusSize, .quota,
                .notify, .utf8Accept:
                try await stage.mailboxes(it, isOffered: isOffered)
            case .eSearch, .searchRes, .within, .sort, .sortDisplay, .threadReferences, .threadOrderedSubject:
                try await stage.searches(it, isOffered: isOffered)
            case .condStore, .qresync, .uidPlus, .unselect, .move: try await stage.changes(it, isOffered: isOffered)
            case .literalPlus, .idle, .compress, .saslIR, .appendLimit: try await stage.line(it, isOffered: isOffered)
            case .binary, .objectID, .preview, .saveDate: try await stage.messages(it, isOffered: isOffered)
            }
        }
    }

    @Test("a name beyond ASCII is the same for everybody", arguments: RealServer.up)
    func modifiedUTF7(server: RealServer) async throws {
        try await Stage.run(on: server) { stage in
            let name = try await stage.child("Übung & Спам 日本")
            try await stage.client.create(name)
            let other = try await server.signedIn()
            let listed = try await other.listMailboxes(status: [.messages])
            #expect(listed.contains { $0.mailbox.name == name && $0.mailbox.name.path == name.path && $0.status?.messages == 0 })
            await other.logout()
            try await stage.remove(name)
        }
    }

    /// RFC 5530, as far as each server goes: without a code the words remain, and never a guess.
    @Test("refusals carry the codes that the server has", arguments: RealServer.up)
    func codes(server: RealServer) async throws {
        try await Stage.run(on: server) { stage in
            let client = stage.client
            let nobody = try await stage.child("nobody")
            try await stage.filled("one")
            let uids = try await client.search(.all)
            let copied = await #expect(throws: IMAPError.self) { try await client.copy(uids, to: nobody) }
            #expect(copied?.status?.code == .tryCreate)
            let appended = await #expect(throws: IMAPError.self) { try await client.append(Stage.message("x"), to: nobody) }
            #expect(appended?.status?.code == .tryCreate)
            let deleted = await #expect(throws: IMAPError.self) { try await client.delete(nobody) }
            #expect(deleted?.status?.code == (server == .dovecot ? .nonExistent : nil))
            let made = await #expect(throws: IMAPError.self) { try await client.create(stage.mailbox) }
            #expect(made?.status?.code == (server == .dovecot ? .alreadyExists : nil))
            #expect(client.isOpen)
            let stranger = try await server.connected()
            let refused = await #expect(throws: IMAPError.self) {
                try await stranger.signIn(.password(login: "carol@example.test", password: Secret("wrong")))
            }
            #expect(refused?.code == "credentials-refused")
            #expect(refused?.status?.code == (server == .dovecot ? .authenticationFailed : nil))
            await stranger.logout()
        }
    }
}
