/// Produces ahead of consumption: while one output is consumed, the next ones are under way, at most `width` at a time.
///
/// Outputs are consumed in the order of the inputs. `consume` returns false to stop; what is under way then is still consumed,
/// and the inputs that were not begun are returned.
func pipelined<Input: Sendable, Output: Sendable>(
    _ inputs: [Input], width: Int, isolation: isolated (any Actor)? = #isolation,
    produce: @escaping @Sendable (Input) async throws -> Output, consume: (Output) async throws -> Bool
) async throws -> ArraySlice<Input> {
    try await withThrowingTaskGroup(of: (Int, Output).self) { group in
        var begun = 0
        var consumed = 0
        var isStopping = false
        var ready: [Int: Output] = [:]
        func begin() {
            while !isStopping, begun < inputs.count, begun - consumed < width {
                let index = begun
                let input = inputs[index]
                group.addTask { (index, try await produce(input)) }
                begun += 1
            }
        }
        begin()
        while consumed < begun {
            while ready[consumed] == nil {
                guard let (index, output) = try await group.next() else { break }
                ready[index] = output
            }
            guard let output = ready.removeValue(forKey: consumed) else { break }
            consumed += 1
            begin()
            if try await !consume(output) { isStopping = true }
        }
        return inputs[begun...]
    }
}
