import MailProtocol
import MailTransport
import Testing

/// Extensions about finding messages.
extension Stage {
    func searches(_ it: IMAPExtension, isOffered: Bool) async throws {
        switch it {
        case .eSearch:
            try await filled("one", "two", "three")
            let result = try await client.searchResult(.all, returning: [.all, .count, .min, .max])
            // Where it is not offered the same is worked out from SEARCH.
            #expect(result.all == [1, 2, 3] && result.count == 3 && result.min == 1 && result.max == 3)
            let nothing = try await client.searchResult(.subject("nothing"), returning: [.all, .count])
            #expect(nothing.all == [] && nothing.count == 0)
        case .searchRes:
            try await filled("one", "two", "two")
            guard isOffered else {
                let error = await #expect(throws: IMAPError.self) { try await client.searchResult(.all, returning: [.save]) }
                #expect(error?.code == "imap-not-offered" && client.isOpen)
                return
            }
            _ = try await client.searchResult(.subject("two"), returning: [.save])
            #expect(try await fetched([.flags], of: .saved).map(\.uid) == [2, 3])
        case .within:
            try await client.append(Self.message("old"), to: mailbox, date: 1_500_000_000)
            try await filled("new")
            guard isOffered else { return }
            #expect(try await client.search(.younger(seconds: 86_400)) == [2])
            #expect(try await client.search(.older(seconds: 86_400)) == [1])
        case .sort:
            try await filled("beta", "Re: alpha", "gamma")
            #expect(try await client.sort(.all, by: [.init(.subject)]) == [2, 1, 3])
            #expect(try await client.sort(.not(.subject("gamma")), by: [.init(.subject, reverse: true)]) == [1, 2])
        case .sortDisplay:
            try await client.append(Self.message("x", from: "Zoe <a@example.test>"), to: mailbox)
            try await client.append(Self.message("x", from: "Adam <z@example.test>"), to: mailbox)
            _ = try await client.select(mailbox)
            #expect(try await client.sort(.all, by: [.init(.displayFrom)]) == (isOffered ? [2, 1] : nil))
        case .threadReferences, .threadOrderedSubject:
            try await client.append(Self.message("plan", id: "root"), to: mailbox)
            try await client.append(Self.message("other"), to: mailbox)
            try await client.append(
                Self.message(
                    "Re: plan", date: "Tue, 3 Nov 2026 10:00:00 +0000", more: "In-Reply-To: <root@x.test>\r\nReferences: <root@x.test>\r\n"),
                to: mailbox)
            _ = try await client.select(mailbox)
            let algorithm = it == .threadReferences ? "REFERENCES" : "ORDEREDSUBJECT"
            let members = try #require(try await client.threads(.all, algorithm: algorithm))
            let roots = members.filter { $0.parent == nil }.compactMap(\.id)
            #expect(Set(roots) == [1, 2])
            #expect(members.first { $0.id == 3 }?.parent.map { members[$0].id } == 1)
        default: Issue.record("\(it) has no exercise here")
        }
    }
}
