// Whole messages: structure, then everything that can be asked of every part.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let source = [UInt8](UnsafeBufferPointer(start: data, count: count))
    let message = MIMEMessage.parse(source, options: ParseOptions(unpacksAttachments: true))
    for part in message.parts.prefix(200) {
        precondition(part.headerRange.upperBound <= part.bodyRange.lowerBound)
        precondition(part.bodyRange.upperBound <= part.source.count)
        _ = (part.partID, part.safeFilename, part.contentID, part.contentLocation, part.contentLanguage, part.children)
        _ = message.text(of: part.index)
    }
    _ = (message.bodyViews, message.hasAttachment, message.preview(), message.searchText(limit: 10_000), message.allDefects())
    _ = (message.deliveryReport, message.readReceipt, message.listInfo, message.isAutomatic)
    // The header alone says the same.
    let header = MIMEMessage.parseHeaders(source)
    precondition(header.headers.fields.count == message.headers.fields.count)
    return 0
}
