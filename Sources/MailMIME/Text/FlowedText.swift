/// Flowed text (RFC 3676): paragraphs that readers wrap to their own width.
public enum FlowedText {
    /// Joins the lines of received flowed text into paragraphs; quoted ones keep a `> ` for each level.
    ///
    /// - Parameter deletesSpaces: the `delsp=yes` parameter: the space before a soft line end is no part of the text.
    public static func unwrap(_ text: String, deletesSpaces: Bool = false) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        // The depth of the paragraph that goes on; nil after a hard line end.
        var open: Int?
        text.withBytes { bytes in
            var at = 0
            while at < bytes.count {
                let end = bytes.find(10, from: at, to: bytes.count) ?? bytes.count
                var line = bytes.sub(at, end)
                at = end + 1
                let isLast = end == bytes.count
                if line.last == 13 { line = line.sub(0, line.count - 1) }
                var depth = 0
                while depth < line.count, line[depth] == 62 { depth += 1 }
                line = line.sub(depth, line.count)
                if line.first == 32 { line = line.sub(1, line.count) }
                let isSignature = line.count == 3 && line[0] == 45 && line[1] == 45 && line[2] == 32
                let isSoft = line.last == 32 && !isSignature && !isLast
                if let open, open == depth, !isSignature {
                    // The paragraph goes on.
                } else {
                    if open != nil { result.append(10) }
                    for _ in 0..<depth { result.append(62) }
                    if depth > 0, line.count > 0 { result.append(32) }
                }
                result.append(contentsOf: isSoft && deletesSpaces ? line.sub(0, line.count - 1) : line)
                open = isSoft ? depth : nil
                if !isSoft, !isLast { result.append(10) }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Wraps paragraphs at 72 columns with soft line ends, ready to be sent as format=flowed.
    ///
    /// Lines that begin with ">" are taken for quotes. White space at the end of a line goes.
    static func wrap(_ text: String) -> String {
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { lines += wrap(line: line) }
        return lines.joined(separator: "\n")
    }

    private static func wrap(line: Substring) -> [String] {
        if line == "-- " { return ["-- "] }
        var rest = line
        var prefix = ""
        while rest.first == ">" {
            prefix += ">"
            rest = rest.dropFirst()
            if rest.first == " ", rest.dropFirst().first == ">" { rest = rest.dropFirst() }
        }
        if !prefix.isEmpty, rest.first == " " { rest = rest.dropFirst() }
        while rest.last == " " || rest.last == "\t" { rest = rest.dropLast() }
        if !prefix.isEmpty, !rest.isEmpty { prefix += " " }
        let room = max(20, 72 - prefix.count)
        guard rest.count > room else { return [prefix + stuffed(rest, isQuoted: !prefix.isEmpty)] }
        var lines: [String] = []
        var current = ""
        for word in rest.split(separator: " ", omittingEmptySubsequences: false) {
            if !current.isEmpty, current.count + word.count >= room, !word.isEmpty {
                // The space that ends a line is the one between the words.
                lines.append(prefix + stuffed(current[...], isQuoted: !prefix.isEmpty))
                current = ""
            }
            current += word + " "
        }
        lines.append(prefix + stuffed(current.dropLast(), isQuoted: !prefix.isEmpty))
        return lines
    }

    /// A space before what would be read as a quote, as stuffing or as mbox.
    private static func stuffed(_ line: Substring, isQuoted: Bool) -> String {
        guard !isQuoted, let first = line.first else { return String(line) }
        return first == " " || first == ">" || line.hasPrefix("From ") ? " " + line : String(line)
    }
}
