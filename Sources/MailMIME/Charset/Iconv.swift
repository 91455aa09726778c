import Glibc

/// Decoding through the C library's iconv.
enum Iconv {
    /// Whether iconv can decode that name.
    static func isKnown(_ name: String) -> Bool {
        guard let descriptor = open(name) else { return false }
        iconv_close(descriptor)
        return true
    }

    /// Decodes to UTF-8; a byte that does not fit becomes U+FFFD and is stepped over.
    static func decode(_ bytes: Bytes, from name: String) -> DecodedText {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return DecodedText(text: "", isEncodingProblem: false) }
        guard let descriptor = open(name) else { return DecodedText(text: bytes.string, isEncodingProblem: true) }
        defer { iconv_close(descriptor) }
        var isProblem = false
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 2 + 16)
        var input: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(base)).assumingMemoryBound(
            to: CChar.self)
        var left = bytes.count
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
            func drain(_ room: Int) {
                buffer.withMemoryRebound(to: UInt8.self) { output.append(contentsOf: $0[0..<(buffer.count - room)]) }
            }
            while left > 0 {
                var target = buffer.baseAddress
                var room = buffer.count
                let result = iconv(descriptor, &input, &left, &target, &room)
                let error = errno
                drain(room)
                if result != -1 || error == E2BIG { continue }
                // EILSEQ: a wrong byte. EINVAL: the text ends inside a character.
                isProblem = true
                output += [0xEF, 0xBF, 0xBD]
                if error == EINVAL { break }
                input = input.map { $0 + 1 }
                left -= 1
            }
            // Some decoders hold a character back to see whether a combining one follows.
            var target = buffer.baseAddress
            var room = buffer.count
            _ = iconv(descriptor, nil, nil, &target, &room)
            drain(room)
        }
        return DecodedText(text: String(decoding: output, as: UTF8.self), isEncodingProblem: isProblem)
    }

    private static func open(_ name: String) -> iconv_t? {
        let descriptor = iconv_open("UTF-8", name)
        return descriptor == iconv_t(bitPattern: -1) ? nil : descriptor
    }
}
