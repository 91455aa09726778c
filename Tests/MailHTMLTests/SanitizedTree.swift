import CGumbo

/// What a second, plain walk over the parsed output finds: every element with its attributes, and the text of style sheets.
struct SanitizedTree {
    var elements: [(name: String, attributes: [(String, String)])] = []
    var styleSheets: [String] = []
    var text = ""

    init(_ html: String) {
        let bytes = Array(html.utf8)
        bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                var options = kGumboDefaultOptions
                guard let output = gumbo_parse_with_options(&options, characters.baseAddress, characters.count) else { return }
                defer { gumbo_destroy_output(&options, output) }
                if let root = output.pointee.root { walk(root) }
            }
        }
    }

    private mutating func walk(_ root: UnsafeMutablePointer<GumboNode>) {
        var nodes = [root]
        while let node = nodes.popLast() {
            if node.pointee.type == GUMBO_NODE_TEXT { text += String(cString: node.pointee.v.text.text) + " " }
            guard node.pointee.type == GUMBO_NODE_ELEMENT else { continue }
            let element = node.pointee.v.element
            let original = element.original_tag
            var name = element.tag == GUMBO_TAG_UNKNOWN ? "?" : String(cString: gumbo_normalized_tagname(element.tag))
            if element.tag_namespace != GUMBO_NAMESPACE_HTML { name = "foreign:" + name }
            // Elements that the parser makes by itself (html, head, body, tbody) have no tag in the source.
            if original.length > 0 || name == "style" {
                var attributes: [(String, String)] = []
                for index in 0..<Int(element.attributes.length) {
                    guard let pointer = element.attributes.data[index] else { continue }
                    let attribute = pointer.assumingMemoryBound(to: GumboAttribute.self).pointee
                    attributes.append((String(cString: attribute.name).lowercased(), String(cString: attribute.value)))
                }
                elements.append((name, attributes))
            }
            for index in 0..<Int(element.children.length) {
                guard let child = element.children.data[index]?.assumingMemoryBound(to: GumboNode.self) else { continue }
                if name == "style", child.pointee.type == GUMBO_NODE_TEXT { styleSheets.append(String(cString: child.pointee.v.text.text)) }
                nodes.append(child)
            }
        }
    }

    /// What may never be there, whatever went in. Empty: harmless.
    func harms(remoteAllowed: Bool) -> [String] {
        var harms: [String] = []
        let forbidden: Set<String> = [
            "script", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "meta", "link", "form", "input", "button",
            "select",
            "textarea", "svg", "math", "noscript", "template", "title", "audio", "video", "source", "?",
        ]
        for (name, attributes) in elements {
            if forbidden.contains(name) || name.hasPrefix("foreign:") { harms.append("<\(name)>") }
            for (key, value) in attributes {
                if key.hasPrefix("on") || key == "srcdoc" || key == "srcset" || key == "formaction" { harms.append("\(name)[\(key)]") }
                if ["href", "src", "background", "action", "poster", "data", "cite", "longdesc"].contains(key) {
                    harms += addressHarms(name, key, value, remoteAllowed: remoteAllowed)
                }
                if key == "style" { harms += Self.styleHarms(value, remoteAllowed: remoteAllowed) }
            }
        }
        for sheet in styleSheets { harms += Self.styleHarms(sheet, remoteAllowed: remoteAllowed) }
        return harms
    }

    private func addressHarms(_ name: String, _ key: String, _ value: String, remoteAllowed: Bool) -> [String] {
        let plain = String(value.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F }).lowercased()
        if plain.hasPrefix("#") { return [] }
        let scheme = plain.prefix { $0 != ":" }
        if key == "href" {
            return ["http", "https", "mailto", "tel"].contains(String(scheme)) ? [] : ["\(name)[\(key)=\(plain.prefix(60))]"]
        }
        if plain.hasPrefix("data:image/") { return plain.hasPrefix("data:image/svg") ? ["svg data"] : [] }
        return remoteAllowed && ["http", "https"].contains(String(scheme)) ? [] : ["\(name)[\(key)=\(plain.prefix(60))]"]
    }

    static func styleHarms(_ css: String, remoteAllowed: Bool) -> [String] {
        let plain = css.lowercased()
        var harms = ["expression(", "behavior:", "-moz-binding", "@import", "javascript:", "\\", "</"].filter { plain.contains($0) }
        var rest = plain[...]
        while let range = rest.firstRange(of: "url(") {
            let address = rest[range.upperBound...].drop { $0 == "'" || $0 == "\"" || $0 == " " }
            let isHarmless =
                address.hasPrefix("data:image/") || remoteAllowed && (address.hasPrefix("http://") || address.hasPrefix("https://"))
            if !isHarmless { harms.append("url(\(address.prefix(40))") }
            rest = rest[range.upperBound...]
        }
        return harms
    }
}
