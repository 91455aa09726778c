/// Which emails of some threads belong together, worked out anew from all of them, and which ids their conversations keep.
///
/// Pure, and the same whatever the order of its input. ``ThreadJoin`` is its counterpart for mail that comes in.
public struct ThreadPartition: Sendable {
    /// An email with the thread it is in now and all names by which its conversation is known.
    public struct Member: Sendable, Hashable {
        public var email: EmailID
        public var thread: ThreadID
        public var references: [MessageReference]

        public init(email: EmailID, thread: ThreadID, references: [MessageReference]) {
            self.email = email
            self.thread = thread
            self.references = references
        }
    }

    /// Emails that are one conversation.
    public struct Group: Sendable, Hashable {
        /// The id that it keeps; nil: it needs a new one.
        public var thread: ThreadID?
        public var members: [Member]

        public var references: Set<MessageReference> { Set(members.flatMap(\.references)) }
    }

    public private(set) var groups: [Group]

    public init(_ members: [Member]) {
        let members = members.sorted { $0.email < $1.email }
        groups = Self.connected(members)
        keepIDs()
    }

    /// Emails that share a name, or are joined by others that do.
    private static func connected(_ members: [Member]) -> [Group] {
        var sets = DisjointSets(count: members.count)
        var firsts: [MessageReference: Int] = [:]
        for (index, member) in members.enumerated() {
            for reference in member.references {
                guard let first = firsts[reference] else {
                    firsts[reference] = index
                    continue
                }
                sets.join(first, index)
            }
        }
        var groups: [Int: Group] = [:]
        for (index, member) in members.enumerated() { groups[sets.root(index), default: Group(members: [])].members.append(member) }
        return groups.sorted { $0.key < $1.key }.map(\.value)
    }

    /// A thread's id stays with the conversation that has most of its emails; a conversation has one id, of the thread it has most of.
    private mutating func keepIDs() {
        var claims: [(count: Int, thread: ThreadID, group: Int)] = []
        for (index, group) in groups.enumerated() {
            for (thread, members) in Dictionary(grouping: group.members, by: \.thread) { claims.append((members.count, thread, index)) }
        }
        claims.sort { ($1.count, $0.thread, $0.group) < ($0.count, $1.thread, $1.group) }
        var taken: Set<ThreadID> = []
        for claim in claims where groups[claim.group].thread == nil && taken.insert(claim.thread).inserted {
            groups[claim.group].thread = claim.thread
        }
    }
}
