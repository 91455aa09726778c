import CGumbo

/// Makes the HTML of a stranger's mail harmless: an allow list over a real HTML5 tree, written out again by us.
///
/// What comes out holds no script, no frame, no form that submits, no event handler and no URL but http, https, mailto, tel and
/// pictures in data URLs; with remote content blocked, nothing in it loads from the network. The reader shows it in a
/// sandboxed frame under a policy of its own all the same: two walls, each of which would do.
public struct HTMLSanitizer: Sendable {
    /// What `cid:` addresses stand for: a `data:` URL of an inline picture, or nil.
    public typealias InlinePictures = @Sendable (_ contentID: String) -> String?

    /// Longer HTML is cut off here; it is parsed and held in memory as a tree some ten times its size.
    public static let longestInput = 4 << 20

    public var allowsRemote: Bool
    public var inlinePicture: InlinePictures

    public init(allowsRemote: Bool = false, inlinePicture: @escaping InlinePictures = { _ in nil }) {
        self.allowsRemote = allowsRemote
        self.inlinePicture = inlinePicture
    }

    /// The harmless fragment, UTF-8.
    public func sanitize(_ html: some Collection<UInt8>) -> SanitizedHTML {
        let input = NestingGuard.tamed(Array(html.prefix(Self.longestInput)))
        var writer = FragmentWriter(sanitizer: self)
        // Gumbo's own limit on the tree depth is beside the guard above: deep trees cost it quadratic time.
        input.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                var options = kGumboDefaultOptions
                options.stop_on_first_error = false
                options.max_errors = 0
                guard let output = gumbo_parse_with_options(&options, characters.baseAddress, characters.count) else { return }
                defer { gumbo_destroy_output(&options, output) }
                if let root = output.pointee.root { writer.write(tree: root) }
            }
        }
        return SanitizedHTML(html: String(decoding: writer.out, as: UTF8.self), hasBlockedContent: writer.hasBlockedContent)
    }
}

/// Harmless HTML and what was held back.
public struct SanitizedHTML: Sendable, Hashable {
    public var html: String
    /// Something would have been loaded from the network.
    public var hasBlockedContent: Bool
}
