import PostroomCore

/// One API request being answered: the Response object (RFC 8620 §3.4) in pieces, a method at a time.
///
/// The next method runs only when its piece is asked for, so that a long answer is never held as a whole.
public actor JMAPRun {
    private enum Stage {
        case beginning
        case calls(next: Int)
        case ended
    }

    private let request: Request
    private let context: RequestContext
    private let gate: RequestGate
    private var responses = ResponseList()
    private var stage = Stage.beginning

    init(_ request: Request, context: RequestContext, gate: RequestGate) {
        self.request = request
        self.context = context
        self.gate = gate
    }

    /// The next piece; nil at the end.
    public func next() async -> [UInt8]? {
        switch stage {
        case .beginning:
            stage = .calls(next: 0)
            return Array("{\"methodResponses\":[".utf8)
        case .calls(let index) where index < request.calls.count:
            stage = .calls(next: index + 1)
            return await answer(request.calls[index], isFirst: index == 0)
        case .calls:
            await end()
            return tail()
        case .ended:
            return nil
        }
    }

    /// Gives up what is left: the client is gone. Does nothing at the end.
    public func end() async {
        if case .ended = stage { return }
        stage = .ended
        await gate.leave(context.user.id)
    }

    private func answer(_ call: MethodCall, isFirst: Bool) async -> [UInt8] {
        var answers: [MethodResponse]
        do {
            guard let method = context.server.methods[call.name], context.using.contains(method.capability) else {
                throw MethodError("unknownMethod", "There is no method \"\(call.name)\" in the capabilities that are used.")
            }
            answers = try await method.run(try responses.resolve(call.arguments), context)
        } catch {
            answers = [MethodResponse(name: "error", arguments: MethodError(error).json())]
        }
        var piece: [UInt8] = isFirst ? [] : [UInt8(ascii: ",")]
        for (place, answer) in answers.enumerated() {
            var json = JSONWriter(reserving: answer.arguments.count + 64)
            json.beginArray()
            json.string(answer.name)
            json.raw(answer.arguments)
            json.string(call.id)
            json.endArray()
            if place > 0 { piece.append(UInt8(ascii: ",")) }
            piece += json.bytes
            responses.append(answer, callID: call.id)
        }
        return piece
    }

    private func tail() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        if request.createdIDs != nil {
            json.key("createdIds")
            json.beginObject()
            for (name, id) in context.createdIDs.sorted(by: { $0.key < $1.key }) { json.member(name, id) }
            json.endObject()
        }
        json.member("sessionState", Session.state(user: context.user, accounts: context.accounts, limits: context.server.limitsText))
        json.endObject()
        return Array("],".utf8) + json.bytes.dropFirst()
    }
}
