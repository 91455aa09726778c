// What is built reads back equal, and holds nothing that the values tried to slip in.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: count), as: UTF8.self)
    let values = text.split(separator: "\u{1}", maxSplits: 6, omittingEmptySubsequences: false).map(String.init)
    func value(_ at: Int) -> String { at < values.count ? values[at] : "" }
    var builder = MessageBuilder(date: MailDate(secondsSince1970: 1_700_000_000), messageID: "a@b") { "=_b\($0)" }
    builder.from = [MailAddress(name: value(0), address: "a@b.c")]
    builder.subject = value(1)
    builder.textBody = value(2)
    builder.isFlowed = count % 2 == 0
    builder.allows8Bit = count % 3 == 0
    builder.headerEncoding = count % 5 == 0 ? .utf8 : .encodedWords
    builder.attachments = [Attachment(fileName: value(3), mediaType: value(4), content: .bytes(Array(value(5).utf8)))]
    builder.fields = [CustomField(name: "X-Value", value: value(6))]
    builder.bcc = [MailAddress(address: "secret@b.c")]
    guard let bytes = try? builder.build(.wire) else { preconditionFailure("nothing here throws") }
    let message = MIMEMessage.parse(bytes)
    precondition(message.parts.count >= 3)
    precondition(message.headers.first("Bcc") == nil)
    precondition(
        Set(message.headers.fields.map { $0.name.lowercased() }).isSubset(of: [
            "date", "from", "subject", "message-id", "mime-version", "content-type", "x-value",
        ]))
    func squeezed(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter { $0.value > 32 && $0.value != 127 && !$0.properties.isWhitespace }
    }
    precondition(squeezed(message.subject ?? "") == squeezed(value(1)))
    precondition(
        message.from.count == 1 && squeezed(message.from[0].name ?? "") == squeezed(value(0)) && message.from[0].address == "a@b.c")
    precondition(squeezed(message.parts[2].filename ?? "") == squeezed(value(3)))
    precondition(message.parts[2].isMessage || message.decodedBody(of: 2) == Array(value(5).utf8))
    if !builder.isFlowed { precondition(message.text(of: 1).text == value(2).withLineFeeds || value(2).unicodeScalars.first == "\u{FEFF}") }
    return 0
}
