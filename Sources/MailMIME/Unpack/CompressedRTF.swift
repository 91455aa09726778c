/// Compressed rich text ([MS-OXRTFCP]).
enum CompressedRTF {
    private static let dictionary = [UInt8](
        ("{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
            + "Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx").utf8)

    /// The rich text; nil where the header is not that of compressed rich text.
    static func decode(_ data: Bytes) -> [UInt8]? {
        var reader = TNEFReader(bytes: data)
        guard reader.u32() != nil, let rawSize = reader.u32(), let kind = reader.u32(), reader.u32() != nil else { return nil }
        if kind == 0x414C_454D { return Array(data.sub(16, 16 + Int(rawSize))) }
        guard kind == 0x7546_5A4C else { return nil }
        // A run of 17 bytes takes two: what claims to grow more is damaged.
        let limit = min(Int(rawSize), data.count * 18)
        var window = dictionary + [UInt8](repeating: 0, count: 4096 - dictionary.count)
        var write = dictionary.count
        var output: [UInt8] = []
        output.reserveCapacity(limit)
        while output.count < limit, let control = reader.u8() {
            for bit in 0..<8 {
                guard output.count < limit else { break }
                if control >> UInt8(bit) & 1 == 0 {
                    guard let byte = reader.u8() else { return output }
                    output.append(byte)
                    window[write] = byte
                    write = (write + 1) & 4095
                    continue
                }
                guard let high = reader.u8(), let low = reader.u8() else { return output }
                let reference = Int(high) << 8 | Int(low)
                var read = reference >> 4
                if read == write { return output }
                for _ in 0..<((reference & 15) + 2) {
                    let byte = window[read]
                    output.append(byte)
                    window[write] = byte
                    read = (read + 1) & 4095
                    write = (write + 1) & 4095
                }
            }
        }
        return output
    }
}
