// Transfer encodings, charsets, TNEF, uuencode, HTML, replies: the first byte chooses.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 1 else { return 0 }
    let bytes = UnsafeBufferPointer(start: data + 1, count: count - 1)
    let content = [UInt8](bytes)
    let labels = [
        "utf-8", "windows-1252", "iso-2022-jp", "hz-gb-2312", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "utf-7", "utf-16",
        "koi8-r", "iso-2022-kr", "x-user-defined",
    ]
    switch data[0] % 24 {
    case 0: _ = TransferEncoding.base64.decode(bytes)
    case 1: _ = TransferEncoding.quotedPrintable.decode(bytes)
    case 2: _ = UUEncode.files(in: content)
    case 3: _ = TNEF.parse(content).entities
    case 4: _ = HTMLText.plainText(fromHTML: String(decoding: content, as: UTF8.self))
    case 5: _ = ReplyText.split(String(decoding: content, as: UTF8.self))
    case 6: _ = FlowedText.unwrap(String(decoding: content, as: UTF8.self), deletesSpaces: count % 2 == 0)
    case 7: _ = Charset.decode(content, label: nil)
    case 8: _ = CompressedRTF.decode(bytes)
    case 9: _ = MAPIProperty.read(bytes).count
    default: _ = Charset.decode(content, label: labels[Int(data[0]) % labels.count])
    }
    return 0
}
