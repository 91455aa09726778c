import MailProtocol
import MailTransport
import Testing

/// Extensions about what changes: mod-sequences, moves, removal of some messages and not of others.
extension Stage {
    func changes(_ it: IMAPExtension, isOffered: Bool) async throws {
        switch it {
        case .condStore:
            let selected = try await filled("one", "two", condStore: true)
            guard isOffered else {
                #expect(selected.highestModSeq == nil)
                return
            }
            let before = try #require(try await client.select(mailbox, condStore: true).highestModSeq)
            let stored = try await client.store(.uids([1]), .add([.flagged]))
            let modSeq = try #require(stored.messages.first?.modSeq)
            #expect(modSeq > before)
            #expect(try await fetched([.flags], changedSince: before).map(\.uid) == [1])
            try await client.store(.uids([1]), .add([.seen], silent: true))
            #expect(try await client.store(.uids([1, 2]), .add([.answered]), unchangedSince: modSeq).modified == [1])
            #expect(try await client.search(.modSeq(modSeq)).contains(1))
        case .qresync:
            #expect(try await client.enable(["QRESYNC"]).contains("QRESYNC") == isOffered)
            let first = try await filled("one", "two", "three")
            guard isOffered else { return }
            let modSeq = try #require(first.highestModSeq)
            try await client.store(.uids([2]), .add([.deleted], silent: true))
            try await client.expunge([2])
            try await client.store(.uids([3]), .add([.flagged], silent: true))
            try await client.unselect()
            let again = try await client.select(
                mailbox, qresync: IMAP.QResync(uidValidity: first.uidValidity, modSeq: modSeq, knownUIDs: [1, 2, 3]))
            #expect(again.vanished == [2] && again.changed.map(\.uid) == [3])
            var vanished = UIDSet()
            for try await event in try await client.fetchEvents(.all, items: [.flags], changedSince: modSeq, vanished: true) {
                if case .vanished(let uids) = event { vanished.formUnion(uids) }
            }
            #expect(vanished == [2])
            guard client.canResume else { return }
            try await client.unselect()
            let resumed = try await client.resume(
                mailbox, since: IMAP.QResync(uidValidity: first.uidValidity, modSeq: modSeq), isEnabled: true, status: [.messages])
            #expect(try resumed.opened.get().vanished.contains(2) && resumed.opened.get().changed.map(\.uid) == [3])
            #expect(resumed.listed.first { $0.mailbox.name == mailbox }?.status?.messages == 2)
        case .uidPlus:
            let appended = try #require(try await client.append(Self.message("one"), to: mailbox))
            let selected = try await filled("two", "three")
            #expect(appended.uid == 1 && appended.uidValidity == selected.uidValidity)
            #expect(try await client.copy([1], to: mailbox)?.pairs == [1: 4])
            try await client.store(.uids([2, 3]), .add([.deleted], silent: true))
            try await client.expunge([3])
            #expect(try await client.search(.all) == [1, 2, 4])
        case .unselect:
            try await filled("one", "two")
            try await client.store(.uids([1]), .add([.deleted], silent: true))
            // By the command or by opening something that does not exist: either way nothing is expunged.
            try await client.unselect()
            #expect(try await client.status(of: mailbox, [.messages]).messages == 2)
            await #expect(throws: IMAPError.self) { try await client.search(.all) }
        case .move:
            try await filled("one", "two", "three")
            try await client.store(.uids([3]), .add([.deleted], silent: true))
            let target = try await child("target")
            try await client.create(target)
            #expect(try await client.move([2], to: target)?.pairs == [2: 1])
            // Somebody else's \Deleted mail stays, also where a move is made of COPY and UID EXPUNGE.
            #expect(try await client.search(.all) == [1, 3])
            #expect(try await client.status(of: target, [.messages]).messages == 1)
            try await remove(target)
        default: Issue.record("\(it) has no exercise here")
        }
    }
}
