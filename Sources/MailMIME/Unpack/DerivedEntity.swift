/// Files that were found inside other content, written as MIME entities so that one parser reads them all.
enum DerivedEntity {
    static func bytes(name: String?, mediaType: String?, contentID: String?, content: [UInt8]) -> [UInt8] {
        var entity: [UInt8] = []
        entity.reserveCapacity(content.count + 300)
        entity += "Content-Type: \(line(mediaType ?? "application/octet-stream"))\r\n".utf8
        if let name {
            entity += "Content-Disposition: attachment; filename*=utf-8''".utf8
            for byte in name.utf8 {
                if byte.isLetter || byte.isDigit || byte == 46 || byte == 45 || byte == 95 {
                    entity.append(byte)
                } else {
                    entity += [37, hex(byte >> 4), hex(byte & 15)]
                }
            }
            entity += [13, 10]
        }
        if let contentID { entity += "Content-ID: <\(line(contentID))>\r\n".utf8 }
        entity += "Content-Transfer-Encoding: binary\r\n\r\n".utf8
        entity += content
        return entity
    }

    /// Text that cannot end its header line.
    private static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }))
    }

    static func hex(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }
}
