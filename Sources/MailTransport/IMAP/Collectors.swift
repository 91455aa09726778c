import MailProtocol

/// LIST, LSUB or XLIST, with the STATUS of LIST-STATUS.
struct ListCollector: ResponseCollector {
    var mailboxes: [IMAP.ListedMailbox] = []
    var statuses: [IMAP.MailboxName: IMAP.MailboxStatus] = [:]
    let limit: Int

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        switch response {
        case .list(let mailbox, _) where mailboxes.count < limit: mailboxes.append(mailbox)
        case .mailboxStatus(let name, let status) where statuses.count < limit: statuses[name] = status
        default: return false
        }
        return true
    }
}

/// STATUS of one mailbox.
struct StatusCollector: ResponseCollector {
    let mailbox: IMAP.MailboxName
    var status: IMAP.MailboxStatus?

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        guard case .mailboxStatus(let name, let status) = response, name == mailbox else { return false }
        self.status = status
        return true
    }
}

/// What SELECT tells; with QRESYNC also what changed.
struct SelectCollector: ResponseCollector {
    var mailbox = SelectedMailbox()
    let limit: Int

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        switch response {
        case .exists(let count): mailbox.exists = count
        case .recent: break
        case .flags(let flags): mailbox.flags = flags
        case .vanished(let uids, _): mailbox.vanished.formUnion(uids)
        case .fetch(let message) where mailbox.changed.count < limit: mailbox.changed.append(message)
        case .list: break
        case .status(let status) where status.condition == .ok: return take(status.code)
        default: return false
        }
        return true
    }

    private mutating func take(_ code: IMAP.ResponseCode?) -> Bool {
        switch code {
        case .uidValidity(let value): mailbox.uidValidity = value
        case .uidNext(let value): mailbox.uidNext = value
        case .highestModSeq(let value): mailbox.highestModSeq = value
        case .noModSeq: mailbox.hasNoModSeq = true
        case .permanentFlags(let flags): mailbox.permanentFlags = flags
        case .mailboxID(let id): mailbox.mailboxID = id
        case .uidNotSticky: mailbox.isUIDNotSticky = true
        // What came before belongs to the mailbox that was open until now (RFC 7162, section 3.2.11).
        case .closed: mailbox = SelectedMailbox()
        case .unseen, .other, nil: break
        default: return false
        }
        return true
    }
}

/// UID FETCH: messages go to the channel.
struct FetchCollector: ResponseCollector {
    let channel: FetchChannel
    let set: IMAP.MessageSet
    let wantsBodies: Bool
    let wantsVanished: Bool

    func covers(_ uid: UID) -> Bool {
        switch set {
        case .uids(let set): set.contains(uid)
        // "n:*" returns the last message even if its UID is below n.
        case .all, .from, .saved: true
        }
    }

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        switch response {
        case .fetch(let message):
            guard let uid = message.uid, covers(uid) else { return false }
            // Changed flags that come in between are news, not the answer.
            if wantsBodies, message.bodies.isEmpty, message.binarySizes.isEmpty, message.defects.isEmpty { return false }
            channel.push(.message(message))
        case .vanished(let uids, earlier: true) where wantsVanished: channel.push(.vanished(uids))
        default: return false
        }
        return true
    }
}

/// SEARCH in both forms.
struct SearchCollector: ResponseCollector {
    var result: IMAP.SearchResult?

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        guard case .search(let found) = response, result == nil else { return false }
        result = found
        return true
    }
}

struct SortCollector: ResponseCollector {
    var result: IMAP.SearchResult?

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        guard case .sort(let found) = response, result == nil else { return false }
        result = found
        return true
    }
}

struct ThreadCollector: ResponseCollector {
    var members: [IMAP.ThreadMember]?

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        guard case .thread(let members) = response, self.members == nil else { return false }
        self.members = members
        return true
    }
}

/// COPYUID comes untagged for MOVE (RFC 6851, section 4.3), and some servers send it so for COPY.
struct CopyCollector: ResponseCollector {
    var code: IMAP.ResponseCode?

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        guard case .status(let status) = response, case .copyUID = status.code else { return false }
        code = status.code
        return true
    }
}

/// STORE: the new flags and mod-sequences of the messages that it changed.
struct StoreCollector: ResponseCollector {
    let set: IMAP.MessageSet
    var messages: [IMAP.FetchedMessage] = []
    let limit: Int

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        guard case .fetch(let message) = response, let uid = message.uid, messages.count < limit else { return false }
        if case .uids(let set) = set, !set.contains(uid) { return false }
        messages.append(message)
        return true
    }
}

/// One answer of a kind that occurs once: ID, NAMESPACE, ENABLED, CAPABILITY.
struct FirstCollector<Value: Sendable>: ResponseCollector {
    var value: Value?
    let pick: @Sendable (IMAP.Untagged) -> Value?

    init(_ pick: @escaping @Sendable (IMAP.Untagged) -> Value?) { self.pick = pick }

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        guard value == nil, let picked = pick(response) else { return false }
        value = picked
        return true
    }
}

struct QuotaCollector: ResponseCollector {
    var quotas: [IMAP.Quota] = []
    var roots: [String] = []

    mutating func take(_ response: IMAP.Untagged) -> Bool {
        switch response {
        case .quota(let quota) where quotas.count < 1_000: quotas.append(quota)
        case .quotaRoot(_, let roots): self.roots = roots
        default: return false
        }
        return true
    }
}
