// libFuzzer on the values with two forms: what is read back from the encoded form is what was encoded.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIMAPValues(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard size > 1 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
    switch data[0] % 3 {
    case 0:
        if let name = IMAP.ModifiedUTF7.decode(bytes[...]) {
            precondition(IMAP.ModifiedUTF7.decode(IMAP.ModifiedUTF7.encode(name)[...]) == name)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        precondition(IMAP.ModifiedUTF7.decode(IMAP.ModifiedUTF7.encode(text)[...]) == text)
    case 1:
        if let set = UIDSet(String(decoding: bytes, as: UTF8.self)) {
            precondition(UIDSet(set.description) == set)
            if set.count < 10_000 { precondition(UIDSet(Array(set)) == set) }
        }
    default:
        // What a mailbox name becomes on the wire is read back by the parser of LIST.
        let name = IMAP.MailboxName(String(decoding: bytes, as: UTF8.self).filter { $0 != "\0" })
        let command = IMAP.Command.subscribe(name).encoded(tag: "A1", options: .init(literalPlus: true))
        var line = Array("* LIST () NIL".utf8)
        for case .bytes(let piece) in command.pieces { line += piece.dropFirst("A1 SUBSCRIBE".utf8.count) }
        // A server writes literals without the plus sign; the framer takes both.
        var parsed: IMAP.Response?
        var framer = IMAP.Framer()
        try? framer.feed(line) { if case .response(let frame) = $0 { parsed = try? IMAP.Parser.parse(frame) } }
        guard case .untagged(.list(let mailbox, _)) = parsed else { preconditionFailure("\(String(decoding: line, as: UTF8.self))") }
        precondition(mailbox.name == name)
    }
    return 0
}
