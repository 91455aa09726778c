/// Which conversation each new message belongs to, and which conversations turn out to be one.
///
/// Pure: what is known goes in, what is to be written comes out. Messages join by the ids they have and name, never by their
/// subject (two newsletters are not a conversation).
public struct ThreadJoin: Sendable {
    /// A conversation that exists, or the n-th new one.
    public enum Assignment: Sendable, Hashable {
        case existing(ThreadID)
        case new(Int)
    }

    /// Of each message, in order.
    public private(set) var assignments: [Assignment] = []
    /// How many new conversations there are.
    public private(set) var newCount = 0
    /// Sets of existing conversations that a message has joined into one, at least two each. Whoever writes chooses which stays.
    public private(set) var merges: [Set<ThreadID>] = []
    /// Ids that were not known, with the index of a message whose conversation they name.
    public private(set) var newReferences: [(reference: MessageReference, message: Int)] = []

    /// - Parameters:
    ///   - messages: the references of each message.
    ///   - known: the conversations that references are known to belong to.
    public init(messages: [[MessageReference]], known: [MessageReference: ThreadID]) {
        // The messages are nodes 0..<n, existing conversations follow.
        var sets = DisjointSets(count: messages.count)
        var threads: [ThreadID] = []
        var nodes: [ThreadID: Int] = [:]
        var firsts: [MessageReference: Int] = [:]
        for (message, references) in messages.enumerated() {
            for reference in references {
                let other: Int
                if let thread = known[reference] {
                    if let node = nodes[thread] {
                        other = node
                    } else {
                        other = sets.add()
                        nodes[thread] = other
                        threads.append(thread)
                    }
                } else if let first = firsts[reference] {
                    other = first
                } else {
                    firsts[reference] = message
                    newReferences.append((reference, message))
                    continue
                }
                sets.join(message, other)
            }
        }
        var existing: [Int: Set<ThreadID>] = [:]
        for thread in threads {
            guard let node = nodes[thread] else { continue }
            existing[sets.root(node), default: []].insert(thread)
        }
        var created: [Int: Int] = [:]
        for message in messages.indices {
            let top = sets.root(message)
            if let thread = existing[top]?.min() {
                assignments.append(.existing(thread))
            } else if let number = created[top] {
                assignments.append(.new(number))
            } else {
                created[top] = newCount
                assignments.append(.new(newCount))
                newCount += 1
            }
        }
        merges = existing.values.filter { $0.count > 1 }.sorted { ($0.min()?.value ?? 0) < ($1.min()?.value ?? 0) }
    }
}
