/// What may stay of HTML. Everything that is not named here goes.
enum AllowList {
    static let elements: Set<String> = [
        "a", "abbr", "acronym", "address", "area", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center",
        "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "dir", "div", "dl", "dt", "em", "figcaption", "figure", "font",
        "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "map", "mark", "menu", "nav",
        "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup",
        "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
    ]

    static let void: Set<String> = ["area", "br", "col", "hr", "img", "wbr"]

    /// Their content is code, another document or another language: it goes with them.
    static let removedWithContent: Set<String> = [
        "script", "noscript", "iframe", "frame", "frameset", "noframes", "object", "embed", "applet", "param", "template", "title", "svg",
        "math", "audio", "video", "source", "track", "canvas", "textarea", "select", "option", "optgroup", "datalist", "input", "xmp",
        "plaintext", "noembed", "link", "meta", "base", "image", "dialog", "slot", "portal",
    ]

    static let attributes: Set<String> = [
        "abbr", "align", "alt", "axis", "bgcolor", "border", "bordercolor", "cellpadding", "cellspacing", "class", "clear", "colspan",
        "color",
        "dir", "headers", "height", "hspace", "id", "lang", "noshade", "nowrap", "role", "rowspan", "rules", "scope", "size", "span",
        "summary",
        "title", "valign", "vspace", "width",
    ]

    /// Longhands and shorthands that mail uses for its looks. None of them moves anything over the page around the frame.
    static let properties: Set<String> = [
        "azimuth", "background", "background-color", "background-image", "background-position", "background-repeat", "background-size",
        "border", "border-bottom", "border-bottom-color", "border-bottom-left-radius", "border-bottom-right-radius", "border-bottom-style",
        "border-bottom-width", "border-collapse", "border-color", "border-left", "border-left-color", "border-left-style",
        "border-left-width", "border-radius", "border-right", "border-right-color", "border-right-style", "border-right-width",
        "border-spacing", "border-style", "border-top", "border-top-color", "border-top-left-radius", "border-top-right-radius",
        "border-top-style", "border-top-width", "border-width", "box-shadow", "box-sizing", "caption-side", "clear", "color", "direction",
        "display", "empty-cells", "float", "font", "font-family", "font-size", "font-stretch", "font-style", "font-variant", "font-weight",
        "height", "hyphens", "letter-spacing", "line-height", "list-style", "list-style-position", "list-style-type", "margin",
        "margin-bottom", "margin-left", "margin-right", "margin-top", "max-height", "max-width", "min-height", "min-width", "opacity",
        "overflow", "overflow-wrap", "overflow-x", "overflow-y", "padding", "padding-bottom", "padding-left", "padding-right",
        "padding-top", "table-layout", "text-align", "text-decoration", "text-decoration-color", "text-decoration-line",
        "text-decoration-style", "text-indent", "text-overflow", "text-shadow", "text-transform", "unicode-bidi", "vertical-align",
        "visibility", "white-space", "width", "word-break", "word-spacing", "word-wrap", "align-items", "align-content", "align-self",
        "justify-content", "flex", "flex-basis", "flex-direction", "flex-grow", "flex-shrink", "flex-wrap", "gap", "order",
        "mso-hide", "mso-line-height-rule", "mso-table-lspace", "mso-table-rspace", "object-fit", "quotes", "writing-mode",
    ]
}
