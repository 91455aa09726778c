/// Keeps a hostile message from costing quadratic time in the tree builder.
///
/// One pass over the tags: an element nested deeper than `deepest` loses its tags and keeps its content; a tag with more than
/// `mostAttributes` attributes goes. Ordinary mail passes through unchanged and uncopied.
enum NestingGuard {
    static let deepest = 256
    static let mostAttributes = 128

    /// Elements that never hold others, or whose end is implied by the next one: they do not add to the depth.
    private static let flat: Set<String> = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p", "li", "td",
        "th",
        "tr", "tbody", "thead", "tfoot", "dt", "dd", "option", "colgroup", "html", "head", "body",
    ]

    static func tamed(_ html: [UInt8]) -> [UInt8] {
        var cuts: [Range<Int>] = []
        var open: [String: Int] = [:]
        var dropped: [String: Int] = [:]
        var depth = 0
        var index = 0
        while let start = html[index...].firstIndex(of: UInt8(ascii: "<")) {
            guard let tag = Tag(html, at: start) else {
                index = start + 1
                continue
            }
            index = tag.end
            if tag.attributes > mostAttributes {
                cuts.append(start..<tag.end)
                continue
            }
            if flat.contains(tag.name) { continue }
            if tag.isClosing {
                if let count = dropped[tag.name], count > 0 {
                    dropped[tag.name] = count - 1
                    cuts.append(start..<tag.end)
                } else if let count = open[tag.name], count > 0 {
                    open[tag.name] = count - 1
                    depth -= 1
                }
            } else if depth >= deepest {
                dropped[tag.name, default: 0] += 1
                cuts.append(start..<tag.end)
            } else {
                open[tag.name, default: 0] += 1
                depth += 1
            }
        }
        guard !cuts.isEmpty else { return html }
        var out: [UInt8] = []
        out.reserveCapacity(html.count)
        var from = 0
        for cut in cuts {
            out += html[from..<cut.lowerBound]
            from = cut.upperBound
        }
        out += html[from...]
        return out
    }

    private struct Tag {
        var name: String
        var isClosing: Bool
        var attributes = 0
        var end: Int

        init?(_ html: [UInt8], at start: Int) {
            var index = start + 1
            isClosing = index < html.count && html[index] == UInt8(ascii: "/")
            if isClosing { index += 1 }
            let nameStart = index
            while index < html.count, index - nameStart < 32, Self.isNameByte(html[index]) { index += 1 }
            guard index > nameStart else { return nil }
            name = String(decoding: html[nameStart..<index], as: UTF8.self).lowercased()
            var quote: UInt8?
            var inSpace = false
            while index < html.count {
                let byte = html[index]
                if let open = quote {
                    if byte == open { quote = nil }
                } else if byte == UInt8(ascii: ">") {
                    index += 1
                    break
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                } else if byte == 0x20 || (0x09...0x0D).contains(byte) || byte == UInt8(ascii: "/") {
                    inSpace = true
                } else if inSpace {
                    inSpace = false
                    attributes += 1
                }
                index += 1
            }
            end = index
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":")
        }
    }
}
