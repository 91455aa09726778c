import PostroomCore

/// A mail server as the randomised test needs it: mailboxes with UIDs, copies with flags.
struct SimulatedServer {
    struct Copy {
        var message: Int
        var keywords: Set<String>
        /// Marked by another program, not expunged.
        var isDeleted = false
    }

    struct Folder {
        var uidValidity: UInt32 = 1
        var uidNext: UInt32 = 1
        var copies: [UInt32: Copy] = [:]

        mutating func add(_ copy: Copy) -> UInt32 {
            defer { uidNext += 1 }
            copies[uidNext] = copy
            return uidNext
        }

        /// New UIDs for all, in another order.
        mutating func renumber() {
            let all = copies.sorted { ($0.value.message % 7, $0.key) < ($1.value.message % 7, $1.key) }.map(\.value)
            copies = [:]
            uidNext = 1
            uidValidity += 1
            for copy in all { _ = add(copy) }
        }
    }

    var folders: [MailboxID: Folder] = [:]

    /// Carries an operation out. The new UID, where there is one.
    mutating func perform(_ kind: ServerOperation.Kind, message: (BlobID) -> Int?) -> (uidValidity: UInt32, uid: UInt32)? {
        switch kind {
        case .storeFlags(let mailbox, let uidValidity, let uids, let add, let remove):
            guard folders[mailbox]?.uidValidity == uidValidity else { return nil }
            for uid in uids {
                folders[mailbox]?.copies[uid]?.keywords.formUnion(add)
                folders[mailbox]?.copies[uid]?.keywords.subtract(remove)
            }
            return nil
        case .move(let from, let uidValidity, let uid, let to):
            guard folders[from]?.uidValidity == uidValidity, let copy = folders[from]?.copies.removeValue(forKey: uid) else { return nil }
            return append(copy, to: to)
        case .copy(let from, let uidValidity, let uid, let to):
            guard let folder = folders[from], folder.uidValidity == uidValidity, let copy = folder.copies[uid] else { return nil }
            return append(copy, to: to)
        case .expunge(let mailbox, let uidValidity, let uid):
            if folders[mailbox]?.uidValidity == uidValidity { folders[mailbox]?.copies[uid] = nil }
            return nil
        case .append(let blob, let mailbox, let flags, _):
            guard let number = message(blob) else { return nil }
            return append(Copy(message: number, keywords: Set(flags)), to: mailbox)
        case .createMailbox, .renameMailbox, .deleteMailbox, .subscribe: return nil
        }
    }

    private mutating func append(_ copy: Copy, to mailbox: MailboxID) -> (uidValidity: UInt32, uid: UInt32)? {
        guard let uid = folders[mailbox]?.add(copy), let folder = folders[mailbox] else { return nil }
        return (folder.uidValidity, uid)
    }
}

/// A random number generator that gives the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &+ 0x9E37_79B9_7F4A_7C15
    }

    // SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
