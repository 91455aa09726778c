/// The charset that an HTML page declares of itself, for pages whose part names none.
enum HTMLCharset {
    /// Looks at `<meta ... charset=X>` in the first kilobytes.
    static func declared(in page: Bytes) -> String? {
        let head = page.sub(0, 4096)
        var at = 0
        while let open = head.find(60, from: at, to: head.count) {
            at = open + 1
            guard head.sub(at, head.count).hasLowercasePrefix("meta") else { continue }
            let end = head.find(62, from: at, to: head.count) ?? head.count
            if let charset = charset(head.sub(at, end)) { return charset }
            at = end
        }
        return nil
    }

    private static func charset(_ tag: Bytes) -> String? {
        var at = 0
        while at + 8 < tag.count {
            guard tag.sub(at, tag.count).hasLowercasePrefix("charset") else {
                at += 1
                continue
            }
            at += 7
            while at < tag.count, tag[at].isSpace { at += 1 }
            guard at < tag.count, tag[at] == 61 else { continue }
            at += 1
            while at < tag.count, tag[at].isSpace || tag[at] == 34 || tag[at] == 39 { at += 1 }
            let start = at
            while at < tag.count, tag[at].isLetter || tag[at].isDigit || tag[at] == 45 || tag[at] == 95 || tag[at] == 58 { at += 1 }
            let label = tag.sub(start, at).string
            guard !label.isEmpty, Charset.isKnown(label) else { return nil }
            // A page that can be read as bytes is not UTF-16, whatever it says.
            return label.lowercased().hasPrefix("utf-16") ? "utf-8" : label
        }
        return nil
    }
}
