import Glibc

/// The way back that the product does not need: text into a legacy charset.
enum IconvWriter {
    static func encode(_ text: String, to name: String) -> [UInt8]? {
        let descriptor = iconv_open(name, "UTF-8")
        guard descriptor != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(descriptor) }
        var input = Array(text.utf8).map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: input.count * 4 + 16)
        var (left, room) = (input.count, output.count)
        let result = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var (source, target) = (input.baseAddress, output.baseAddress)
                return iconv(descriptor, &source, &left, &target, &room)
            }
        }
        guard result != -1 else { return nil }
        return output[..<(output.count - room)].map { UInt8(bitPattern: $0) }
    }
}
