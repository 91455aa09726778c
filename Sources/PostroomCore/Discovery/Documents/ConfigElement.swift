import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// One element of a small XML document that a stranger's server sent.
///
/// The grammar is libxml2's (`XMLParser`). What makes XML dangerous never reaches it: a document type with declarations in it (entities that
/// expand, files that are read) is refused before parsing, the encoding is settled here, and length, depth and number of elements are
/// bounded (docs/decisions/0011-xml.md).
public struct ConfigElement: Sendable, Equatable {
    /// Without its namespace prefix.
    public var name: String
    public var attributes: [String: String]
    public var children: [ConfigElement]
    /// The element's own text, white space at both ends taken off.
    public var text: String

    /// The bounds of a document.
    public struct Limits: Sendable {
        /// Bytes. The largest file of Mozilla's database has 6 KB.
        public var length = 256 * 1024
        public var depth = 32
        public var elements = 10_000

        public init() {}
    }

    public enum Failure: Error, Sendable, Equatable {
        case tooLarge
        /// A document type that declares something: what XML bombs are made of.
        case documentType
        case encoding(String)
        /// Not well-formed, or cut short.
        case malformed
    }

    /// The root element.
    ///
    /// Tolerant of what real servers print around and in it: white space and a byte order mark before the declaration, a plain
    /// `<!DOCTYPE name>`, anything after the root's end, and a bare `&` in an address.
    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(Failure) -> ConfigElement {
        guard bytes.count <= limits.length else { throw .tooLarge }
        let text = try body(of: try decoded(bytes))
        if let root = try build(text, limits) { return root }
        // Addresses in documentation links are often pasted in without escaping.
        if let root = try build(escapingBareAmpersands(text), limits) { return root }
        throw .malformed
    }

    // MARK: Reading

    public func first(_ name: String) -> ConfigElement? { children.first { $0.name == name } }

    public func all(_ name: String) -> [ConfigElement] { children.filter { $0.name == name } }

    /// The text of the first child of that name; nil where there is no such child.
    public func text(_ name: String) -> String? { first(name)?.text }

    // MARK: Before parsing

    /// UTF-8 whatever it was; only encodings in which `<` can't be hidden.
    private static func decoded(_ bytes: [UInt8]) throws(Failure) -> String {
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            guard let text = String(bytes: bytes, encoding: .utf16) else { throw .encoding("UTF-16") }
            return text
        }
        let rest = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard !rest.contains(0) else { throw .encoding("NUL") }
        switch declaredEncoding(rest) {
        case "", "utf-8", "utf8", "us-ascii", "ascii": return String(decoding: rest, as: UTF8.self)
        case "iso-8859-1", "latin1", "windows-1252", "cp1252", "iso-8859-15":
            guard let text = String(bytes: rest, encoding: .windowsCP1252) ?? String(bytes: rest, encoding: .isoLatin1) else {
                throw .encoding("windows-1252")
            }
            return text
        case "windows-1251", "cp1251":
            guard let text = String(bytes: rest, encoding: .windowsCP1251) else { throw .encoding("windows-1251") }
            return text
        case let other: throw .encoding(other)
        }
    }

    private static func declaredEncoding(_ bytes: ArraySlice<UInt8>) -> String {
        let head = String(decoding: bytes.prefix(200), as: UTF8.self)
        guard let declaration = head.range(of: "<?xml"), let end = head.range(of: "?>"), declaration.lowerBound < end.lowerBound,
            let name = head[declaration.upperBound..<end.lowerBound].range(of: "encoding")
        else { return "" }
        let value = head[name.upperBound..<end.lowerBound].drop { $0 == " " || $0 == "=" }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return "" }
        return value.dropFirst().prefix { $0 != quote }.lowercased()
    }

    /// The root element alone, without prolog and epilog.
    private static func body(of text: String) throws(Failure) -> String {
        var rest = text[...]
        while true {
            rest = rest.drop { $0.isWhitespace }
            if rest.hasPrefix("<?") {
                guard let end = rest.range(of: "?>") else { throw .malformed }
                rest = rest[end.upperBound...]
            } else if rest.hasPrefix("<!--") {
                guard let end = rest.range(of: "-->") else { throw .malformed }
                rest = rest[end.upperBound...]
            } else if rest.hasPrefix("<!") {
                guard let end = rest.firstIndex(of: ">") else { throw .documentType }
                guard !rest[..<end].contains("[") else { throw .documentType }
                rest = rest[rest.index(after: end)...]
            } else {
                break
            }
        }
        guard rest.hasPrefix("<") else { throw .malformed }
        let name = rest.dropFirst().prefix { !$0.isWhitespace && $0 != ">" && $0 != "/" }
        guard !name.isEmpty else { throw .malformed }
        guard let last = rest.range(of: "</\(name)", options: .backwards), let end = rest[last.upperBound...].firstIndex(of: ">") else {
            throw .malformed
        }
        return String(rest[...end])
    }

    private static func escapingBareAmpersands(_ text: String) -> String {
        var out = ""
        var rest = text[...]
        while let ampersand = rest.firstIndex(of: "&") {
            out += rest[..<ampersand]
            rest = rest[rest.index(after: ampersand)...]
            let name = rest.prefix(12).prefix { $0 != ";" }
            let isReference =
                rest.dropFirst(name.count).first == ";"
                && (["amp", "lt", "gt", "quot", "apos"].contains(name) || name.hasPrefix("#") && name.count > 1)
            out += isReference ? "&" : "&amp;"
        }
        return out + rest
    }

    // MARK: Parsing

    private static func build(_ text: String, _ limits: Limits) throws(Failure) -> ConfigElement? {
        let parser = XMLParser(data: Data(text.utf8))
        let builder = ElementBuilder(limits: limits)
        parser.shouldResolveExternalEntities = false
        parser.delegate = builder
        let isWhole = parser.parse() && parser.parserError == nil
        if builder.isTooLarge { throw .tooLarge }
        return isWhole ? builder.root : nil
    }
}

/// Collects elements; lives for one call of ``ConfigElement/parse(_:limits:)`` on one thread.
private final class ElementBuilder: NSObject, XMLParserDelegate {
    private let limits: ConfigElement.Limits
    private var open: [ConfigElement] = []
    private var count = 0
    private(set) var root: ConfigElement?
    private(set) var isTooLarge = false

    init(limits: ConfigElement.Limits) { self.limits = limits }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        count += 1
        guard count <= limits.elements, open.count < limits.depth else {
            isTooLarge = true
            return parser.abortParsing()
        }
        let local = name.split(separator: ":").last.map(String.init) ?? name
        open.append(ConfigElement(name: local, attributes: attributes, children: [], text: ""))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        guard var element = open.popLast() else { return }
        element.text = element.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += text
    }

    func parser(_ parser: XMLParser, foundCDATA data: Data) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += String(decoding: data, as: UTF8.self)
    }
}
