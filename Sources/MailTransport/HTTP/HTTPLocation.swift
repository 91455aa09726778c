/// The parts of an http address that a request needs (RFC 3986, section 3).
struct HTTPLocation: Sendable, Equatable {
    var isSecure: Bool
    var host: String
    var port: Int
    /// Path and query, at least `/`.
    var target: String

    /// Nil for other schemes, user information, control characters and ports out of range.
    init?(_ text: String) {
        guard text.utf8.count <= 4096, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let rest: Substring
        if text.lowercased().hasPrefix("https://") {
            isSecure = true
            rest = text.dropFirst(8)
        } else if text.lowercased().hasPrefix("http://") {
            isSecure = false
            rest = text.dropFirst(7)
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@"), !authority.contains("\\") else { return nil }
        let path = rest.dropFirst(authority.count).prefix { $0 != "#" }
        target = path.hasPrefix("/") ? String(path) : "/" + path
        let portText: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            portText = authority[authority.index(after: end)...]
        } else {
            host = String(authority.prefix { $0 != ":" }).lowercased()
            portText = authority.dropFirst(host.count)
        }
        guard !host.isEmpty else { return nil }
        if portText.isEmpty {
            port = isSecure ? 443 : 80
        } else {
            guard portText.hasPrefix(":"), let number = Int(portText.dropFirst()), (1...65535).contains(number) else { return nil }
            port = number
        }
    }

    /// Where a Location header leads from here: an address, or a path on the same server.
    func resolving(_ reference: String) -> HTTPLocation? {
        if let absolute = HTTPLocation(reference) { return absolute }
        if reference.hasPrefix("//") { return HTTPLocation((isSecure ? "https:" : "http:") + reference) }
        guard !reference.contains("://") else { return nil }
        let folder = target.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return HTTPLocation(origin + (reference.hasPrefix("/") ? reference : folder + "/" + reference))
    }

    /// `host` or `host:port` where the port is not the scheme's own.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    private var origin: String { (isSecure ? "https://" : "http://") + authority }
    var text: String { origin + target }
}
