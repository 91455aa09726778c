// One field value in every form.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var source = Array("X: ".utf8) + UnsafeBufferPointer(start: data, count: count)
    for at in source.indices where source[at] == 10 || source[at] == 13 { source[at] = 32 }
    source += [10, 10]
    guard let field = MIMEMessage.parseHeaders(source).headers.fields.first else { return 0 }
    _ = (field.asRaw, field.asText, field.asMailboxes, field.asMessageIDs, field.asDate, field.asURLs, field.asReceived)
    let groups = field.asGroupedAddresses
    precondition(groups.flatMap(\.addresses) == field.asAddresses)
    for name in ["Content-Type", "Content-Disposition"] {
        let part = MIMEMessage.parseHeaders(Array(name.utf8) + source.dropFirst()).parts[0]
        _ = (part.mediaType, part.parameters, part.disposition, part.filename, part.safeFilename, part.charset)
    }
    return 0
}
