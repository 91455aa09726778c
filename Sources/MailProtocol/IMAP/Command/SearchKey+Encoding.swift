extension IMAP.SearchKey {
    /// Appends a space and the key; keys of a conjunction stand side by side.
    func encode(to encoder: inout IMAP.CommandEncoder) {
        switch self {
        case .all: encoder.word("ALL")
        case .and(let keys):
            guard !keys.isEmpty else { return encoder.word("ALL") }
            for key in keys { key.encode(to: &encoder) }
        case .or(let first, let second):
            encoder.word("OR")
            first.encodeGrouped(to: &encoder)
            second.encodeGrouped(to: &encoder)
        case .not(let key):
            encoder.word("NOT")
            key.encodeGrouped(to: &encoder)
        case .flag(let flag): encoder.word(Self.word(for: flag))
        case .from(let text): string("FROM", text, to: &encoder)
        case .to(let text): string("TO", text, to: &encoder)
        case .cc(let text): string("CC", text, to: &encoder)
        case .bcc(let text): string("BCC", text, to: &encoder)
        case .subject(let text): string("SUBJECT", text, to: &encoder)
        case .body(let text): string("BODY", text, to: &encoder)
        case .text(let text): string("TEXT", text, to: &encoder)
        case .header(let field, let text):
            encoder.word("HEADER")
            encoder.astring(field)
            encoder.raw(" ")
            encoder.string(Array(text.utf8), mayBeAtom: false)
        case .before(let day): encoder.word("BEFORE \(day)")
        case .on(let day): encoder.word("ON \(day)")
        case .since(let day): encoder.word("SINCE \(day)")
        case .sentBefore(let day): encoder.word("SENTBEFORE \(day)")
        case .sentOn(let day): encoder.word("SENTON \(day)")
        case .sentSince(let day): encoder.word("SENTSINCE \(day)")
        case .larger(let size): encoder.word("LARGER \(size)")
        case .smaller(let size): encoder.word("SMALLER \(size)")
        case .uids(.saved): encoder.word("$")
        case .uids(let set): encoder.word("UID \(set)")
        case .sequence(let set): encoder.word(set.description)
        case .modSeq(let value): encoder.word("MODSEQ \(value)")
        case .younger(let seconds): encoder.word("YOUNGER \(seconds)")
        case .older(let seconds): encoder.word("OLDER \(seconds)")
        case .emailID(let id): encoder.word("EMAILID \(id)")
        case .threadID(let id): encoder.word("THREADID \(id)")
        case .gmailRaw(let query): string("X-GM-RAW", query, to: &encoder)
        }
    }

    private func string(_ word: String, _ text: String, to encoder: inout IMAP.CommandEncoder) {
        encoder.word(word)
        encoder.raw(" ")
        encoder.string(Array(text.utf8), mayBeAtom: false)
    }

    /// In parentheses where it is more than one key.
    private func encodeGrouped(to encoder: inout IMAP.CommandEncoder) {
        guard case .and(let keys) = self, keys.count > 1 else { return encode(to: &encoder) }
        encoder.beginGroup()
        for key in keys { key.encode(to: &encoder) }
        encoder.raw(")")
    }

    private static func word(for flag: IMAP.Flag) -> String {
        switch flag {
        case .seen: "SEEN"
        case .answered: "ANSWERED"
        case .flagged: "FLAGGED"
        case .deleted: "DELETED"
        case .draft: "DRAFT"
        case .recent: "RECENT"
        default: "KEYWORD \(flag.rawValue)"
        }
    }

    /// Whether a text in it is beyond ASCII: then SEARCH needs CHARSET UTF-8, unless UTF-8 was accepted.
    public var needsCharset: Bool {
        switch self {
        case .and(let keys): keys.contains(where: \.needsCharset)
        case .or(let a, let b): a.needsCharset || b.needsCharset
        case .not(let key): key.needsCharset
        case .from(let t), .to(let t), .cc(let t), .bcc(let t), .subject(let t), .body(let t), .text(let t), .gmailRaw(let t),
            .header(_, let t):
            t.utf8.contains { $0 > 0x7F }
        default: false
        }
    }
}
