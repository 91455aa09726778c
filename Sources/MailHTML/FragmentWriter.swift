import CGumbo

/// Walks the tree without recursion and writes what the allow lists let pass.
struct FragmentWriter {
    let sanitizer: HTMLSanitizer
    var out: [UInt8] = []
    private var filter: StyleFilter
    private var hasBlockedPicture = false
    var hasBlockedContent: Bool { hasBlockedPicture || filter.hasBlocked }

    init(sanitizer: HTMLSanitizer) {
        self.sanitizer = sanitizer
        self.filter = StyleFilter(allowsRemote: sanitizer.allowsRemote)
    }

    mutating func write(tree root: UnsafeMutablePointer<GumboNode>) {
        // Each step either enters a node or closes it: (node, its end tag or nil).
        var steps: [(node: UnsafeMutablePointer<GumboNode>?, close: [UInt8])] = [(root, [])]
        while let step = steps.popLast() {
            guard let node = step.node else {
                out += step.close
                continue
            }
            switch node.pointee.type {
            case GUMBO_NODE_TEXT, GUMBO_NODE_WHITESPACE, GUMBO_NODE_CDATA:
                if let text = node.pointee.v.text.text { Escape.text(Self.bytes(text), into: &out) }
            case GUMBO_NODE_ELEMENT:
                guard let close = open(node) else { continue }
                if !close.isEmpty { steps.append((nil, close)) }
                let children = node.pointee.v.element.children
                for index in stride(from: Int(children.length) - 1, through: 0, by: -1) {
                    guard let child = children.data[index] else { continue }
                    steps.append((child.assumingMemoryBound(to: GumboNode.self), []))
                }
            default:
                continue
            }
        }
    }

    /// Writes the start tag. nil: leave the element out with its content. Empty: its content stands alone.
    private mutating func open(_ node: UnsafeMutablePointer<GumboNode>) -> [UInt8]? {
        let element = node.pointee.v.element
        guard element.tag_namespace == GUMBO_NAMESPACE_HTML else { return nil }
        let name = element.tag == GUMBO_TAG_UNKNOWN ? "" : String(cString: gumbo_normalized_tagname(element.tag))
        if name == "style" {
            writeStyleSheet(of: node)
            return nil
        }
        if AllowList.removedWithContent.contains(name) { return nil }
        if name == "body" {
            writeStart("div", attributes: element.attributes, of: "body")
            return Array("</div>".utf8)
        }
        guard AllowList.elements.contains(name) else { return [] }
        writeStart(name, attributes: element.attributes, of: name)
        return AllowList.void.contains(name) ? [] : Array("</\(name)>".utf8)
    }

    private mutating func writeStart(_ name: String, attributes: GumboVector, of element: String) {
        out.append(UInt8(ascii: "<"))
        out += name.utf8
        var style = ""
        for index in 0..<Int(attributes.length) {
            guard let pointer = attributes.data[index] else { continue }
            let attribute = pointer.assumingMemoryBound(to: GumboAttribute.self).pointee
            guard attribute.attr_namespace == GUMBO_ATTR_NAMESPACE_NONE else { continue }
            let key = String(cString: attribute.name).lowercased()
            let value = String(decoding: Self.bytes(attribute.value), as: UTF8.self)
            if key == "style" {
                style += filter.declarations(value)
                continue
            }
            if element == "body" {
                if key == "bgcolor" { style += filter.declarations("background-color:\(value);") }
                if key == "text" { style += filter.declarations("color:\(value);") }
                continue
            }
            guard let safe = safeValue(of: key, value, in: element) else { continue }
            write(key, safe)
        }
        if !style.isEmpty { write("style", style) }
        if element == "a" || element == "area" {
            write("target", "_blank")
            write("rel", "noopener noreferrer nofollow")
        }
        out.append(UInt8(ascii: ">"))
    }

    /// The value that may be written, nil: leave the attribute out.
    private mutating func safeValue(of key: String, _ value: String, in element: String) -> String? {
        switch (element, key) {
        case ("a", "href"), ("area", "href"):
            return AddressFilter.link(value)
        case ("img", "src"), ("table", "background"), ("td", "background"), ("th", "background"), ("tr", "background"):
            return picture(value)
        case ("a", "name"), ("map", "name"), ("img", "usemap"), ("ol", "type"), ("ul", "type"), ("li", "type"), ("li", "value"),
            ("ol", "start"), ("ol", "reversed"), ("details", "open"), ("font", "color"), ("font", "face"), ("font", "size"),
            ("time", "datetime"), ("area", "shape"), ("area", "coords"):
            return value
        default:
            return AllowList.attributes.contains(key) ? value : nil
        }
    }

    private mutating func picture(_ value: String) -> String? {
        switch AddressFilter.picture(value) {
        case .inline(let contentID): return sanitizer.inlinePicture(contentID)
        case .data(let url): return url
        case .remote(let url):
            if sanitizer.allowsRemote { return url }
            hasBlockedPicture = true
            return nil
        case nil: return nil
        }
    }

    private mutating func writeStyleSheet(of node: UnsafeMutablePointer<GumboNode>) {
        var source: [UInt8] = []
        let children = node.pointee.v.element.children
        for index in 0..<Int(children.length) {
            guard let child = children.data[index]?.assumingMemoryBound(to: GumboNode.self) else { continue }
            guard child.pointee.type == GUMBO_NODE_TEXT || child.pointee.type == GUMBO_NODE_WHITESPACE, let text = child.pointee.v.text.text
            else { continue }
            source += Self.bytes(text)
        }
        let sheet = filter.styleSheet(String(decoding: source, as: UTF8.self))
        if !sheet.isEmpty { out += "<style>\(sheet)</style>".utf8 }
    }

    private mutating func write(_ key: String, _ value: String) {
        out.append(UInt8(ascii: " "))
        out += key.utf8
        out += "=\"".utf8
        Escape.attribute(value.utf8, into: &out)
        out.append(UInt8(ascii: "\""))
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> UnsafeBufferPointer<UInt8> {
        var length = 0
        while text[length] != 0 { length += 1 }
        return UnsafeRawPointer(text).withMemoryRebound(to: UInt8.self, capacity: length) { UnsafeBufferPointer(start: $0, count: length) }
    }
}

enum Escape {
    static func text(_ bytes: some Sequence<UInt8>, into out: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case 0: continue
            default: out.append(byte)
            }
        }
    }

    static func attribute(_ bytes: some Sequence<UInt8>, into out: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case UInt8(ascii: "\""): out += "&quot;".utf8
            case UInt8(ascii: "'"): out += "&#39;".utf8
            case UInt8(ascii: "`"): out += "&#96;".utf8
            case 0: continue
            default: out.append(byte)
            }
        }
    }
}
