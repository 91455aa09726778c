import MailProtocol

extension DiscoveryLadder {
    /// Looks at the servers of a proposal, all at once; the first of each side's list that works is taken.
    ///
    /// Without a candidate where the proposal names nothing to look at.
    func verify(
        _ proposal: DiscoveryProposal, _ question: DiscoveryQuestion, mostServers: Int? = nil
    ) async -> (DiscoveryCandidate?, [DiscoveryNote]) {
        let most = mostServers ?? limits.serversPerSide
        let (imap, smtp) = (Array(proposal.imap.prefix(most)), Array(proposal.smtp.prefix(most)))
        guard let firstIMAP = imap.first, let firstSMTP = smtp.first else {
            return (nil, [DiscoveryNote(imap.isEmpty ? .noIMAP : .noSubmission)])
        }
        let tokens = proposal.methods == [.oauth2]
        async let receiving = probe(.imap, imap, tokens: tokens)
        async let sending = probe(.smtp, smtp, tokens: tokens)
        let (incoming, outgoing) = await (receiving, sending)
        let isVerified = incoming.chosen != nil && outgoing.chosen != nil
        var notes: [DiscoveryNote] = isVerified ? [DiscoveryNote(.verified)] : []
        for (side, seen, code) in [(imap, incoming, DiscoveryNote.Code.receivingFailed), (smtp, outgoing, .sendingFailed)]
        where seen.chosen == nil {
            let cause = seen.probes.first?.diagnosis?.cause.rawValue ?? DiscoveryNote.Code.unsupportedSignIn.rawValue
            notes.append(DiscoveryNote(code, ["host": side[0].host, "port": "\(side[0].port)", "cause": cause]))
        }
        var candidate = DiscoveryCandidate(
            source: proposal.source, name: proposal.name, imap: incoming.chosen?.endpoint ?? firstIMAP,
            smtp: outgoing.chosen?.endpoint ?? firstSMTP, loginFormat: proposal.loginFormat, login: proposal.login,
            authentication: proposal.methods.contains(.basic) ? .basic : .oauth2, oauth: proposal.oauth, oauthIssuer: proposal.oauthIssuer,
            entry: proposal.entry ?? catalogue.entry(serving: firstIMAP.host), documentationURL: proposal.documentationURL,
            cautions: proposal.cautions, verdict: isVerified ? .verified : .failed,
            probes: [incoming.chosen ?? incoming.probes.first, outgoing.chosen ?? outgoing.probes.first].compactMap { $0 })
        // What the servers offer counts for more than what a document says of them.
        if isVerified, candidate.authentication == .basic, candidate.probes.contains(where: { !$0.takesPassword }) {
            candidate.authentication = .oauth2
        }
        if candidate.oauth == nil, candidate.authentication == .oauth2 { candidate.oauth = candidate.entry?.oauthSettings(clientID: "") }
        if candidate.imap.security == .none || candidate.smtp.security == .none { candidate.cautions.append(.insecure) }
        return (candidate, notes)
    }

    private func probe(
        _ side: MailSide, _ endpoints: [ServerEndpoint], tokens: Bool
    ) async -> (chosen: ServerProbe?, probes: [ServerProbe]) {
        let probes = await withTaskGroup(of: (Int, ServerProbe).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask { (index, await network.probe(side, at: endpoint)) }
            }
            var found = [ServerProbe?](repeating: nil, count: endpoints.count)
            while let (index, probe) = await group.next() {
                found[index] = probe
                // Settled as soon as nothing that is still out stands before one that works.
                let decided = found.prefix { $0.map { !$0.isUsable } ?? false }.count
                if decided < found.count, found[decided] != nil { break }
            }
            group.cancelAll()
            return found
        }
        let seen = probes.compactMap { $0 }
        return (seen.first { $0.isUsable && (!tokens || $0.takesToken) }, seen)
    }
}

extension ProviderCatalogue {
    /// The service that a host belongs to, where an entry names it.
    func entry(serving host: String) -> CatalogueEntry? {
        entries.first { entry in (entry.imap + entry.smtp).contains { $0.host == host.lowercased() } }
    }
}
