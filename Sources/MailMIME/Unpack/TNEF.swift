/// What is in a `winmail.dat`: the Transport Neutral Encapsulation Format of Outlook and Exchange ([MS-OXTNEF]).
public struct TNEF: Sendable {
    /// A file in it.
    public struct File: Sendable, Hashable {
        public var name: String?
        public var mediaType: String?
        public var contentID: String?
        public var content: [UInt8]
        /// True for an embedded message, whose content is TNEF again.
        public var isMessage = false
    }

    public var files: [File] = []
    public var textBody: String?
    public var htmlBody: [UInt8]?
    /// Rich text, decompressed.
    public var rtfBody: [UInt8]?

    private var codepage = "windows-1252"

    /// Reads what can be read; never fails, an unreadable stream is empty.
    public static func parse(_ stream: [UInt8]) -> TNEF {
        var tnef = TNEF()
        stream.withUnsafeBufferPointer { tnef.read($0, depth: 0) }
        return tnef
    }

    /// The bodies and files as MIME entities.
    var entities: [[UInt8]] {
        var entities: [[UInt8]] = []
        if let htmlBody {
            entities.append(DerivedEntity.bytes(name: nil, mediaType: "text/html", contentID: nil, content: htmlBody))
        } else if let textBody, !textBody.isEmpty {
            entities.append(
                DerivedEntity.bytes(name: nil, mediaType: "text/plain; charset=utf-8", contentID: nil, content: Array(textBody.utf8)))
        } else if let rtfBody {
            entities.append(DerivedEntity.bytes(name: "message.rtf", mediaType: "application/rtf", contentID: nil, content: rtfBody))
        }
        for file in files where !file.isMessage {
            entities.append(
                DerivedEntity.bytes(
                    name: file.name ?? "attachment", mediaType: file.mediaType, contentID: file.contentID, content: file.content))
        }
        return entities
    }

    private mutating func read(_ bytes: Bytes, depth: Int) {
        var reader = TNEFReader(bytes: bytes)
        guard reader.u32() == 0x223E_9F78, reader.u16() != nil else { return }
        var file: File?
        while let level = reader.u8(), level == 1 || level == 2, let tag = reader.u32(), let length = reader.u32(),
            let data = reader.take(Int(length))
        {
            _ = reader.u16()
            switch tag {
            case 0x0006_9007:  // attOemCodepage
                var page = TNEFReader(bytes: data)
                if let number = page.u32(), number != 0 { codepage = number == 65001 ? "utf-8" : "windows-\(number)" }
            case 0x0002_800C:  // attBody
                if depth == 0 { textBody = text(data) }
            case 0x0006_9003:  // attMAPIProps
                if depth == 0 { for property in MAPIProperty.read(data) { take(property) } }
            case 0x0006_9002:  // attAttachRendData
                finish(&file, depth: depth)
                file = File(content: [])
            case 0x0001_8010:  // attAttachTitle
                if file?.name == nil { file?.name = text(data) }
            case 0x0006_800F:  // attAttachData
                file?.content = Array(data)
            case 0x0006_9005:  // attAttachment
                for property in MAPIProperty.read(data) { take(property, into: &file) }
            default: break
            }
        }
        finish(&file, depth: depth)
    }

    private mutating func finish(_ file: inout File?, depth: Int) {
        guard let finished = file else { return }
        file = nil
        files.append(finished)
        // The files of an embedded message come after it, flat.
        if finished.isMessage, depth < 8, files.count < 1000 {
            finished.content.withUnsafeBufferPointer { read($0, depth: depth + 1) }
        }
    }

    private mutating func take(_ property: MAPIProperty) {
        switch property.id {
        case 0x1000: textBody = property.text(codepage)
        case 0x1009: rtfBody = CompressedRTF.decode(property.value)
        case 0x1013: htmlBody = Array(property.value)
        default: break
        }
    }

    private func take(_ property: MAPIProperty, into file: inout File?) {
        switch property.id {
        case 0x3707: file?.name = property.text(codepage)
        case 0x3001, 0x3704: if file?.name == nil { file?.name = property.text(codepage) }
        case 0x370E: file?.mediaType = property.text(codepage)
        case 0x3712: file?.contentID = property.text(codepage)
        case 0x3701:
            // An object begins with the id of its interface; IID_IMessage is an embedded message.
            guard property.type == 0x0D, property.value.count > 16 else {
                if file?.content.isEmpty == true { file?.content = Array(property.value) }
                return
            }
            file?.isMessage = property.value[0] == 0x07 && property.value[1] == 0x03 && property.value[2] == 0x02
            file?.content = Array(property.value.sub(16, property.value.count))
        default: break
        }
    }

    private func text(_ data: Bytes) -> String {
        let end = data.firstIndex(of: 0) ?? data.count
        return Charset.decode(data.sub(0, end), label: codepage, guessing: false).text
    }
}

/// Reads little-endian numbers; nil past the end.
struct TNEFReader {
    let bytes: Bytes
    var at = 0

    init(bytes: Bytes) { self.bytes = bytes }

    mutating func u8() -> UInt8? {
        guard at < bytes.count else { return nil }
        defer { at += 1 }
        return bytes[at]
    }

    mutating func u16() -> UInt16? {
        guard let low = u8(), let high = u8() else { return nil }
        return UInt16(low) | UInt16(high) << 8
    }

    mutating func u32() -> UInt32? {
        guard let low = u16(), let high = u16() else { return nil }
        return UInt32(low) | UInt32(high) << 16
    }

    mutating func take(_ length: Int) -> Bytes? {
        guard length >= 0, length <= bytes.count - at else { return nil }
        defer { at += length }
        return bytes.sub(at, at + length)
    }

    /// Steps to the next multiple of four from `start`.
    mutating func align(from start: Int) { at = min(bytes.count, start + (at - start + 3) / 4 * 4) }
}
