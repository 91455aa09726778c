// libFuzzer on framing and parsing of IMAP responses: whatever a server sends, there is no crash, memory stays bounded, and the
// result does not depend on how the bytes were cut. Compiled together with the library's sources, see Fuzz/imap/run.

/// The first byte chooses how the rest is cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIMAPResponses(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard size > 1 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
    var limits = IMAP.Limits.standard
    limits.inlineLiteral = 64
    limits.inlineLiterals = 256
    limits.line = 4_096
    limits.depth = 32
    let whole = outcome(bytes, piece: bytes.count, limits)
    let pieces = outcome(bytes, piece: Int(data[0] % 13) + 1, limits)
    precondition(whole == pieces, "the outcome depends on the cut")
    return 0
}

private enum Seen: Equatable {
    case response(IMAP.Response), malformed(IMAP.ParseError), literal(IMAP.StreamedLiteral), end(Int), limit
}

private func outcome(_ bytes: [UInt8], piece: Int, _ limits: IMAP.Limits) -> [Seen] {
    var framer = IMAP.Framer(limits: limits)
    var seen: [Seen] = []
    var start = 0
    var literal = 0
    do {
        while start < bytes.count {
            let end = min(bytes.count, start + piece)
            try framer.feed(Array(bytes[start..<end])) { event in
                switch event {
                case .response(let frame):
                    precondition(frame.bytes.count <= limits.line + limits.inlineLiterals)
                    do throws(IMAP.ParseError) {
                        seen.append(.response(try IMAP.Parser.parse(frame, limits: limits)))
                    } catch {
                        precondition(error.offset <= frame.bytes.count)
                        seen.append(.malformed(error))
                    }
                case .literal(let begun): seen.append(.literal(begun))
                case .literalBytes(let more): literal += more.count
                case .literalEnd:
                    seen.append(.end(literal))
                    literal = 0
                }
            }
            start = end
        }
    } catch {
        // A limit; which one it is found at may depend on the cut, what came before may not.
        seen.append(.limit)
    }
    return seen
}
