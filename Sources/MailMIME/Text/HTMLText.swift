/// HTML as plain text, for previews and search. The result is not safe HTML: it is no HTML at all.
public enum HTMLText {
    /// The visible text: scripts, styles and comments left out, entities decoded, blocks on lines of their own.
    public static func plainText(fromHTML html: String) -> String {
        html.withBytes { bytes in
            // A page is longer than its text: a reference takes more bytes than its character, a tag more than the line ends that it makes.
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count + 16) { output in
                var reader = HTMLTextReader(bytes: bytes, output: output)
                reader.read()
                return reader.result
            }
        }
    }
}

/// One pass over a page. Tags are told apart by name only; nesting is not looked at, so bad pages cost nothing.
private struct HTMLTextReader {
    let bytes: Bytes
    private let output: UnsafeMutableBufferPointer<UInt8>
    private var count = 0
    /// A space is due before the next character.
    private var isSpaceDue = false
    private var newlinesDue = 0
    private var preformatted = 0

    init(bytes: Bytes, output: UnsafeMutableBufferPointer<UInt8>) {
        self.bytes = bytes
        self.output = output
    }

    var result: String {
        var end = count
        while end > 0, output[end - 1].isSpace { end -= 1 }
        return String(decoding: UnsafeBufferPointer(rebasing: output[..<end]), as: UTF8.self)
    }

    mutating func read() {
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 60 {
                at = tag(at)
            } else if byte == 38, let reference = HTMLEntities.reference(bytes, at: at) {
                character(reference.scalar)
                at = reference.end
            } else if byte.isSpace {
                if preformatted > 0, byte == 10 { newlinesDue += 1 } else { isSpaceDue = true }
                at += 1
            } else {
                put(byte)
                at += 1
            }
        }
    }

    private mutating func character(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0xA0, 9, 10, 13, 32: isSpaceDue = true
        // Invisible characters with which senders pad the preview.
        case 0xAD, 0x200B...0x200F, 0x2060, 0xFEFF, 0x34F, 0x61C, 0x180E: break
        default: for unit in String(Character(scalar)).utf8 { put(unit) }
        }
    }

    private mutating func put(_ byte: UInt8) {
        if newlinesDue > 0 {
            if count > 0 { for _ in 0..<min(newlinesDue, 2) { append(10) } }
            (newlinesDue, isSpaceDue) = (0, false)
        } else if isSpaceDue {
            if count > 0 { append(32) }
            isSpaceDue = false
        }
        append(byte)
    }

    private mutating func append(_ byte: UInt8) {
        guard count < output.count else { return }
        output[count] = byte
        count += 1
    }

    /// Reads what begins with "<"; gives the place after it.
    private mutating func tag(_ start: Int) -> Int {
        let rest = bytes.sub(start + 1, bytes.count)
        guard let first = rest.first else {
            put(60)
            return start + 1
        }
        if first == 33 || first == 63 {
            if rest.hasLowercasePrefix("!--") {
                guard let end = bytes.find("-->", from: start + 4) else { return bytes.count }
                return end + 3
            }
            return (bytes.find(62, from: start, to: bytes.count) ?? bytes.count - 1) + 1
        }
        let isEnd = first == 47
        let nameStart = start + (isEnd ? 2 : 1)
        var at = nameStart
        while at < bytes.count, bytes[at].isLetter || bytes[at].isDigit { at += 1 }
        guard at > nameStart else {
            // "a < b": no tag.
            put(60)
            return start + 1
        }
        let name = bytes.sub(nameStart, at)
        let end = tagEnd(from: at)
        if !isEnd, let skipped = skipContent(of: name, from: end) { return skipped }
        apply(name, isEnd: isEnd, attributes: bytes.sub(at, end))
        return end
    }

    /// The place after the ">" that ends a tag, those in quotes passed over.
    private func tagEnd(from start: Int) -> Int {
        var at = start
        while at < bytes.count {
            switch bytes[at] {
            case 62: return at + 1
            case 34, 39:
                // An unclosed quote must not eat the page: it ends the tag at its first ">".
                if let close = bytes.find(bytes[at], from: at + 1, to: min(bytes.count, at + 65_536)) { at = close }
            default: break
            }
            at += 1
        }
        return bytes.count
    }

    /// Passes over elements whose content is no text.
    private func skipContent(of name: Bytes, from start: Int) -> Int? {
        for element: StaticString in ["script", "style", "title", "head", "noscript", "template", "svg", "math", "object"]
        where name.equalsLowercase(element) {
            if element.utf8CodeUnitCount == 4, name.equalsLowercase("head") {
                // Heads are often not closed: only what is in it is passed over.
                return nil
            }
            var at = start
            while let open = bytes.find(60, from: at, to: bytes.count) {
                at = open + 1
                guard at < bytes.count, bytes[at] == 47 else { continue }
                if bytes.sub(at + 1, bytes.count).hasLowercasePrefix(element) { return tagEnd(from: at) }
            }
            return bytes.count
        }
        return nil
    }

    private mutating func apply(_ name: Bytes, isEnd: Bool, attributes: Bytes) {
        if name.equalsLowercase("br") {
            newlinesDue += 1
        } else if name.equalsLowercase("pre") {
            preformatted = max(0, preformatted + (isEnd ? -1 : 1))
            newlinesDue = max(newlinesDue, 1)
        } else if name.equalsLowercase("p") || name.equalsLowercase("blockquote") || name.equalsLowercase("ul")
            || name.equalsLowercase("ol")
            || name.equalsLowercase("table") || (name.count == 2 && name[0].lowercased == 104 && name[1].isDigit)
        {
            newlinesDue = max(newlinesDue, 2)
        } else if name.equalsLowercase("td") || name.equalsLowercase("th") {
            isSpaceDue = true
        } else if name.equalsLowercase("li"), !isEnd {
            newlinesDue = max(newlinesDue, 1)
            for byte in "- ".utf8 { if byte == 32 { isSpaceDue = true } else { put(byte) } }
        } else if name.equalsLowercase("hr") {
            newlinesDue = max(newlinesDue, 2)
        } else if Self.isBlock(name) {
            newlinesDue = max(newlinesDue, 1)
        }
    }

    private static func isBlock(_ name: Bytes) -> Bool {
        for block: StaticString in [
            "div", "tr", "li", "dt", "dd", "section", "article", "header", "footer", "address", "center", "form", "tbody", "figure", "body",
        ]
        where name.equalsLowercase(block) { return true }
        return false
    }
}
