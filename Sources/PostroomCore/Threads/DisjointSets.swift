/// Numbered nodes that are joined into sets (union-find). The lowest node of a set stands for it, so that it does not depend on the order of
/// joins.
struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    /// A further node, in a set of its own.
    mutating func add() -> Int {
        parents.append(parents.count)
        return parents.count - 1
    }

    /// The node that stands for the set.
    mutating func root(_ node: Int) -> Int {
        var node = node
        while parents[node] != node {
            parents[node] = parents[parents[node]]
            node = parents[node]
        }
        return node
    }

    mutating func join(_ one: Int, _ other: Int) {
        let (left, right) = (root(one), root(other))
        if left != right { parents[max(left, right)] = min(left, right) }
    }
}
