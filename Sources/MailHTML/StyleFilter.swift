/// Keeps of CSS what only changes looks: an allow list of properties, no escapes, no loading unless it is allowed.
struct StyleFilter {
    let allowsRemote: Bool
    /// Something would have been loaded.
    private(set) var hasBlocked = false

    /// A longer sheet is left out whole.
    static let longestSheet = 512 << 10

    init(allowsRemote: Bool) {
        self.allowsRemote = allowsRemote
    }

    /// `a:b;c:d` with what is not allowed left out.
    mutating func declarations(_ text: String) -> String {
        var out = ""
        for declaration in Self.split(Self.withoutComments(text), at: ";") {
            guard let colon = declaration.firstIndex(of: ":") else { continue }
            let name = Self.trimmed(declaration[..<colon]).lowercased()
            let value = Self.trimmed(declaration[declaration.index(after: colon)...])
            guard AllowList.properties.contains(name), !value.isEmpty, isHarmless(value, of: name) else { continue }
            out += "\(name):\(value);"
        }
        return out
    }

    /// Rules and `@media` with rules; every other at-rule goes.
    mutating func styleSheet(_ text: String) -> String {
        guard text.utf8.count <= Self.longestSheet else { return "" }
        let source = Self.withoutComments(text).replacing("<!--", with: " ").replacing("-->", with: " ")
        return rules(source[...], isNested: false)
    }

    private mutating func rules(_ text: Substring, isNested: Bool) -> String {
        var out = ""
        var rest = text
        while let stop = rest.firstIndex(where: { $0 == "{" || $0 == ";" }) {
            let prelude = Self.trimmed(rest[..<stop])
            if rest[stop] == ";" {
                // @import, @charset, @namespace: gone.
                if prelude.hasPrefix("@import") { hasBlocked = true }
                rest = rest[rest.index(after: stop)...]
                continue
            }
            let (block, after) = Self.block(rest[rest.index(after: stop)...])
            rest = after
            if prelude.hasPrefix("@") {
                let lowered = prelude.lowercased()
                if lowered.hasPrefix("@media"), !isNested, Self.isPlain(prelude) {
                    let inner = rules(block, isNested: true)
                    if !inner.isEmpty { out += "\(prelude){\(inner)}" }
                } else if lowered.hasPrefix("@font-face") {
                    hasBlocked = true
                }
            } else if Self.isPlain(prelude), !prelude.isEmpty {
                let body = declarations(String(block))
                if !body.isEmpty { out += "\(prelude){\(body)}" }
            }
        }
        return out
    }

    private mutating func isHarmless(_ value: String, of property: String) -> Bool {
        let lowered = value.lowercased()
        guard Self.isPlain(value) else { return false }
        for word in [
            "expression", "behavior", "-moz-binding", "javascript", "vbscript", "@import", "image-set", "element(", "attr(", "var(",
        ] {
            if lowered.contains(word) { return false }
        }
        var rest = lowered[...]
        while let range = rest.firstRange(of: "url(") {
            var address = rest[range.upperBound...].prefix { $0 != ")" }
            address = address.drop { $0 == " " || $0 == "\"" || $0 == "'" }
            if !address.hasPrefix("data:image/") || !AddressFilter.isPictureData(String(address)) {
                guard address.hasPrefix("http://") || address.hasPrefix("https://") else { return false }
                guard allowsRemote, property.hasPrefix("background") || property == "list-style" else {
                    hasBlocked = true
                    return false
                }
            }
            rest = rest[range.upperBound...]
        }
        return true
    }

    /// No escape, no tag, no control character: nothing that a CSS or an HTML parser could read in a second way.
    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0 != "\\" && $0 != "<" && $0.value >= 0x20 && $0.value != 0x7F && $0 != "{" && $0 != "}" }
    }

    private static func withoutComments(_ text: String) -> String {
        guard text.contains("/*") else { return text.replacing("\n", with: " ").replacing("\r", with: " ").replacing("\t", with: " ") }
        var out = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "/*") {
            out += rest[..<start.lowerBound]
            guard let end = rest[start.upperBound...].firstRange(of: "*/") else {
                rest = ""
                break
            }
            rest = rest[end.upperBound...]
        }
        return (out + rest).replacing("\n", with: " ").replacing("\r", with: " ").replacing("\t", with: " ")
    }

    /// Splits outside quotes and parentheses, so that a data URL keeps its semicolon.
    private static func split(_ text: String, at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var depth = 0
        var quote: Character?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "(" {
                depth += 1
            } else if character == ")" {
                depth = max(0, depth - 1)
            } else if character == separator, depth == 0 {
                parts.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        parts.append(text[start...])
        return parts
    }

    /// What is inside the braces that have just been opened, and what follows them.
    private static func block(_ text: Substring) -> (Substring, Substring) {
        var depth = 1
        for index in text.indices {
            if text[index] == "{" { depth += 1 }
            if text[index] == "}" {
                depth -= 1
                if depth == 0 { return (text[..<index], text[text.index(after: index)...]) }
            }
        }
        return (text, text[text.endIndex...])
    }

    private static func trimmed(_ text: Substring) -> String {
        let front = text.drop(while: \.isWhitespace)
        return String(front.reversed().drop(while: \.isWhitespace).reversed())
    }
}
