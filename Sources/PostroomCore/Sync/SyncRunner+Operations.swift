import MailProtocol

/// Carrying out what people asked for: queued in the store, done on the server, undone visibly where the server refuses.
extension SyncRunner {
    /// Every due operation, oldest first. Returns when none is left.
    func runOperations() async throws {
        var tried: Set<OperationID> = []
        while true {
            let due = try await store.dueOperations(at: clock.now(), limit: 500, of: account).filter { !tried.contains($0.id) }
            guard !due.isEmpty else { return }
            if mailboxes.isEmpty { mailboxes = try await store.mailboxes(of: account) }
            for batch in OperationBatches(due).batches {
                try Task.checkCancellation()
                tried.formUnion(batch.operations.map(\.id))
                do {
                    try await run(batch)
                } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry != .afterAttention {
                    try await settle(batch.operations, after: failure)
                    // A refusal may have taken back operations that follow from it: the queue is asked again.
                    break
                }
            }
        }
    }

    /// A refusal of the whole batch: one at a time, so that only what is at fault is undone.
    private func settle(_ operations: [ServerOperation], after failure: MailFailure) async throws {
        if operations.count > 1 {
            for operation in operations {
                let single = OperationBatches([operation]).batches[0]
                do {
                    try await run(single)
                } catch let failure as MailFailure where failure.isConnectionUsable && failure.retry != .afterAttention {
                    try await settle([operation], after: failure)
                }
            }
            return
        }
        guard let operation = operations.first else { return }
        if failure.retry == .never || operation.attempts >= 10 {
            logger.warning(
                "operation refused",
                metadata: ["account": "\(account)", "operation": "\(operation.id)", "cause": "\(failure.diagnosis.cause.rawValue)"])
            try await store.refuseOperation(operation.id, of: account)
        } else {
            try await postpone(operation)
        }
    }

    private func postpone(_ operation: ServerOperation) async throws {
        let seconds = min(3_600, 5 << min(operation.attempts, 9))
        try await store.postponeOperation(operation.id, until: clock.now().adding(seconds: Int64(seconds)), of: account)
    }

    // MARK: Batches

    private func run(_ batch: OperationBatches.Batch) async throws {
        report.operations += batch.operations.count
        switch batch.action {
        case .storeFlags(let mailbox, let validity, let add, let remove):
            let targets = try await targets(of: batch.operations, in: mailbox, uidValidity: validity)
            guard let targets else { return }
            let permanent = targets.answer.permanentFlags
            // \Deleted is never set on the way of a keyword: removing is an operation of its own.
            let adding = add.compactMap { KeywordMap.flag(for: $0, permanent: permanent) }.filter { $0.lowercased() != "\\deleted" }
            let removing = remove.flatMap { KeywordMap.flags(removing: $0, permanent: permanent) }
            if !targets.uids.isEmpty, !(adding.isEmpty && removing.isEmpty) {
                try await storeFlags(targets, adding: adding, removing: removing, in: mailbox)
            }
            for operation in targets.operations { try await store.completeOperation(operation.0.id, newUID: nil, of: account) }
        case .move(let from, let validity, let to):
            try await transfer(batch.operations, from: from, uidValidity: validity, to: to, isMove: true)
        case .copy(let from, let validity, let to):
            try await transfer(batch.operations, from: from, uidValidity: validity, to: to, isMove: false)
        case .expunge(let mailbox, let validity):
            guard let targets = try await targets(of: batch.operations, in: mailbox, uidValidity: validity) else { return }
            if !targets.uids.isEmpty { try await session.expunge(targets.uids) }
            for operation in targets.operations { try await store.completeOperation(operation.0.id, newUID: nil, of: account) }
        case .single:
            for operation in batch.operations { try await runSingle(operation) }
        }
    }

    /// Where the server keeps mod-sequences only messages that are as they were at the last comparison are written to at once. What others
    /// have changed since is read first, so that it shows here; then what a person asked for is done to it as well.
    private func storeFlags(_ targets: Targets, adding: [String], removing: [String], in id: MailboxID) async throws {
        let known = session.abilities.condStore ? mailbox(id)?.cursor.highestModSeq : nil
        let precondition = known.flatMap { $0 > 0 ? $0 : nil }
        let changed = try await session.store(targets.uids, add: adding, remove: removing, unchangedSince: precondition).modified
        guard precondition != nil, !changed.isEmpty else { return }
        let now = try await session.fetch(.uids(changed), .summary)
        try await applyFlags(
            now.map { FetchedFlags(uid: $0.uid, flags: $0.flags, modSeq: $0.modSeq) }, in: id,
            uidValidity: targets.answer.status.uidValidity)
        _ = try await session.store(changed, add: adding, remove: removing, unchangedSince: nil)
    }

    private func transfer(
        _ operations: [ServerOperation], from: MailboxID, uidValidity: UInt32, to: MailboxID, isMove: Bool
    ) async throws {
        guard let destination = try await store.mailboxes(of: account).first(where: { $0.id == to }) else {
            for operation in operations { try await store.refuseOperation(operation.id, of: account) }
            return
        }
        guard var targets = try await targets(of: operations, in: from, uidValidity: uidValidity) else { return }
        guard !targets.uids.isEmpty else {
            for operation in targets.operations { try await store.completeOperation(operation.0.id, newUID: nil, of: account) }
            return
        }
        // Only what comes from the drafts is a message of ours: mail to oneself has a second copy with the same Message-ID.
        if isMove, destination.role == .sent, mailbox(from)?.role == .drafts,
            let adopted = try await adoptSentCopies(targets.operations, from: from, into: destination)
        {
            return try await transferRest(adopted, from: from, to: destination)
        }
        if !isMove {
            // As for an append: a stop in the middle must look before it copies again.
            for (operation, _) in targets.operations where operation.attempts > 0 {
                guard let copy = try await findCopy(of: operation, in: destination) else { continue }
                try await store.completeOperation(operation.id, newUID: (uidValidity: copy.uidValidity, uid: copy.uid), of: account)
                targets.operations.removeAll { $0.0.id == operation.id }
            }
            targets.uids = UIDSet(targets.operations.compactMap(\.1))
            guard !targets.uids.isEmpty, let source = mailbox(from) else { return }
            try await select(source)
            for (operation, _) in targets.operations { try await store.postponeOperation(operation.id, until: clock.now(), of: account) }
        }
        let copied =
            isMove ? try await session.move(targets.uids, to: destination.path) : try await session.copy(targets.uids, to: destination.path)
        for (operation, uid) in targets.operations {
            let new = uid.flatMap { uid in copied.flatMap { copied in copied.uids[uid].map { (copied.uidValidity, $0) } } }
            try await store.completeOperation(operation.id, newUID: new.map { (uidValidity: $0.0, uid: $0.1) }, of: account)
        }
    }

    private func transferRest(_ rest: [(ServerOperation, UInt32)], from: MailboxID, to destination: Mailbox) async throws {
        guard !rest.isEmpty, let source = mailbox(from) else { return }
        try await select(source)
        let copied = try await session.move(UIDSet(rest.map(\.1)), to: destination.path)
        for (operation, uid) in rest {
            let new = copied.flatMap { copied in copied.uids[uid].map { (uidValidity: copied.uidValidity, uid: $0) } }
            try await store.completeOperation(operation.id, newUID: new, of: account)
        }
    }

    /// Sent copies that the server already made by itself (Gmail does) are adopted: ours is removed instead of moved.
    ///
    /// Returns the operations that are still to be done; nil where nothing was adopted.
    private func adoptSentCopies(
        _ operations: [(ServerOperation, UInt32?)], from: MailboxID, into sent: Mailbox
    ) async throws -> [(ServerOperation, UInt32)]? {
        guard operations.count <= 5 else { return nil }
        var rest: [(ServerOperation, UInt32)] = []
        var adopted: [(ServerOperation, UInt32, FoundCopy)] = []
        for (operation, uid) in operations {
            guard let uid else { return nil }
            if let copy = try await findCopy(of: operation, in: sent) {
                adopted.append((operation, uid, copy))
            } else {
                rest.append((operation, uid))
            }
        }
        guard let source = mailbox(from) else { return nil }
        try await select(source)
        guard !adopted.isEmpty else { return nil }
        try await session.expunge(UIDSet(adopted.map(\.1)))
        for (operation, _, copy) in adopted {
            try await store.completeOperation(operation.id, newUID: (uidValidity: copy.uidValidity, uid: copy.uid), of: account)
        }
        return rest
    }

    struct FoundCopy {
        var uidValidity: UInt32
        var uid: UInt32
    }

    /// The message that an operation is about, as the server already has it in `destination`; nil where it has none.
    ///
    /// - Parameter size: it must have exactly so many octets; nil: a copy that the server made may differ.
    private func findCopy(of operation: ServerOperation, in destination: Mailbox, size: Int? = nil) async throws -> FoundCopy? {
        guard let email = operation.emailID, let record = try await store.email(nowOrBefore: email, of: account),
            let messageID = record.content.messageID
        else { return nil }
        let answer = try await select(destination)
        let since = clock.now().adding(seconds: -2 * 86_400)
        let found = try await session.search(.messageID(messageID, since: since))
        guard let newest = found.max else { return nil }
        if let size {
            guard let same = try await session.fetch(.uids(found), .summary).last(where: { $0.size == size }) else { return nil }
            return FoundCopy(uidValidity: answer.status.uidValidity, uid: same.uid)
        }
        return FoundCopy(uidValidity: answer.status.uidValidity, uid: newest)
    }

    // MARK: Single operations

    private func runSingle(_ operation: ServerOperation) async throws {
        switch operation.kind {
        case .append(let blob, let mailbox, let flags, let receivedAt):
            guard let destination = try await store.mailboxes(of: account).first(where: { $0.id == mailbox }),
                let bytes = try await store.blob(blob, of: account)
            else { return try await store.refuseOperation(operation.id, of: account) }
            // A second attempt may follow one that the server carried out; a Sent copy may be there by the server's own doing.
            let isSent = destination.role == .sent
            if operation.attempts > 0 || isSent,
                let copy = try await findCopy(of: operation, in: destination, size: isSent ? nil : bytes.count)
            {
                return try await store.completeOperation(operation.id, newUID: (uidValidity: copy.uidValidity, uid: copy.uid), of: account)
            }
            guard try await begin(operation) else { return }
            let permanent = selected?.path == destination.path ? selected?.answer.permanentFlags ?? ["\\*"] : Self.systemFlags
            let flags = flags.compactMap { KeywordMap.flag(for: $0, permanent: permanent) }
            let copied = try await session.append(bytes, to: destination.path, flags: flags, receivedAt: receivedAt)
            let new = copied.flatMap { copied in copied.uids[0].map { (uidValidity: copied.uidValidity, uid: $0) } }
            try await store.completeOperation(operation.id, newUID: new, of: account)
        case .createMailbox(_, let path):
            guard try await begin(operation) else { return }
            try await session.create(path)
            try await complete(operation)
        case .renameMailbox(_, let from, let to):
            if selected?.path == from { selected = nil }
            try await session.rename(from, to: to)
            try await complete(operation)
        case .deleteMailbox(let path):
            if selected?.path == path { selected = nil }
            do {
                try await session.delete(path)
            } catch let failure as MailFailure where failure.isConnectionUsable && failure.diagnosis.cause == .mailboxUnavailable {
                // It is gone already.
            }
            try await complete(operation)
        case .subscribe(let path, let isSubscribed):
            try await session.subscribe(path, isSubscribed)
            try await complete(operation)
        case .storeFlags, .move, .copy, .expunge:
            break  // Always part of a batch.
        }
    }

    /// Counted before it is tried: a stop in the middle must look before it appends again, and a folder that is removed here from now on
    /// has to be deleted there. False where the operation was taken back after it was read from the queue.
    private func begin(_ operation: ServerOperation) async throws -> Bool {
        try await store.postponeOperation(operation.id, until: clock.now(), of: account)
    }

    private func complete(_ operation: ServerOperation) async throws {
        try await store.completeOperation(operation.id, newUID: nil, of: account)
        mailboxes = try await store.mailboxes(of: account)
    }

    private static let systemFlags = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\*"]

    // MARK: Targets

    private struct Targets {
        var answer: SelectedMailbox
        var uids: UIDSet
        var operations: [(ServerOperation, UInt32?)]
    }

    /// Selects the mailbox and checks that its numbers still mean the same; where they don't, each message is found again by its email.
    private func targets(of operations: [ServerOperation], in id: MailboxID, uidValidity: UInt32) async throws -> Targets? {
        if mailbox(id) == nil { mailboxes = try await store.mailboxes(of: account) }
        guard let mailbox = mailbox(id) else {
            for operation in operations { try await store.refuseOperation(operation.id, of: account) }
            return nil
        }
        let answer = try await select(mailbox)
        if answer.status.uidValidity == uidValidity {
            var uids = UIDSet()
            for operation in operations { uids.formUnion(UIDSet(Self.uids(of: operation))) }
            return Targets(answer: answer, uids: uids, operations: operations.map { ($0, Self.uids(of: $0).first) })
        }
        var found: [(ServerOperation, UInt32?)] = []
        for operation in operations {
            var uid: UInt32?
            if let email = operation.emailID {
                let present = try await store.presentIDs(of: [email], account: account)[email] ?? email
                uid = try await store.placements(of: [present], account: account)
                    .first { $0.mailboxID == id && $0.uidValidity == answer.status.uidValidity }?.uid
            }
            if let uid {
                found.append((operation, uid))
            } else if operation.attempts < 10 {
                try await postpone(operation)
            } else {
                try await store.refuseOperation(operation.id, of: account)
            }
        }
        return found.isEmpty ? nil : Targets(answer: answer, uids: UIDSet(found.compactMap(\.1)), operations: found)
    }

    private static func uids(of operation: ServerOperation) -> [UInt32] {
        switch operation.kind {
        case .storeFlags(_, _, let uids, _, _): uids
        case .move(_, _, let uid, _), .copy(_, _, let uid, _), .expunge(_, _, let uid): [uid]
        case .append, .createMailbox, .renameMailbox, .deleteMailbox, .subscribe: []
        }
    }
}
