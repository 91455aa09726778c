extension IMAP.Command {
    /// The command with this tag, as it goes on the wire.
    public func encoded(tag: String, options: IMAP.EncodingOptions = .init()) -> IMAP.EncodedCommand {
        var encoder = IMAP.CommandEncoder(tag: tag, options: options)
        encoder.word(name)
        encodeArguments(to: &encoder)
        return encoder.finish()
    }

    private func encodeArguments(to encoder: inout IMAP.CommandEncoder) {
        switch self {
        case .capability, .noop, .logout, .startTLS, .namespace, .idle, .unselect, .close, .check, .expunge:
            break
        case .id(let fields):
            guard !fields.isEmpty else { return encoder.word("NIL") }
            encoder.raw(" (")
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { encoder.raw(" ") }
                encoder.string(Array(field.key.utf8), mayBeAtom: false)
                encoder.raw(" ")
                encoder.string(Array(field.value.utf8), mayBeAtom: false)
            }
            encoder.raw(")")
        case .authenticate(let mechanism, let initialResponse):
            encoder.word(mechanism)
            if let initialResponse { encoder.word(initialResponse.isEmpty ? "=" : Base64.encode(initialResponse)) }
        case .login(let user, let password):
            encoder.astring(user)
            password.withBytes { encoder.astring($0) }
        case .enable(let names): for name in names { encoder.word(name) }
        case .compress: encoder.word("DEFLATE")
        case .list(let reference, let patterns, let options): encodeList(reference, patterns, options, to: &encoder)
        case .lsub(let reference, let pattern), .xlist(let reference, let pattern):
            encoder.astring(reference)
            encoder.astring(pattern)
        case .status(let mailbox, let items):
            encoder.astring(mailbox.raw)
            encoder.list(items.map(\.rawValue))
        case .create(let mailbox, let use):
            encoder.astring(mailbox.raw)
            if !use.isEmpty { encoder.word("(USE (\(use.map(\.attribute).joined(separator: " "))))") }
        case .delete(let mailbox), .subscribe(let mailbox), .unsubscribe(let mailbox), .getQuotaRoot(let mailbox):
            encoder.astring(mailbox.raw)
        case .rename(let from, let to):
            encoder.astring(from.raw)
            encoder.astring(to.raw)
        case .append(let mailbox, let flags, let date, let size, let isBinary):
            encoder.astring(mailbox.raw)
            if !flags.isEmpty { encoder.list(flags.map(\.rawValue)) }
            if let date { encoder.word("\"\(IMAP.dateTime(epochSeconds: date))\"") }
            encoder.stream(size, isBinary: isBinary)
        case .getQuota(let root): encoder.astring(root)
        case .getMetadata(let mailbox, let entries):
            encoder.astring(mailbox.raw)
            encoder.list(entries)
        case .notify(.none): encoder.word("NONE")
        case .notify(.personal(let status)):
            encoder.word("SET")
            if status { encoder.word("STATUS") }
            encoder.word("(selected (MessageNew MessageExpunge FlagChange))")
            encoder.word("(personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))")
        case .select(let mailbox, let options), .examine(let mailbox, let options):
            encoder.astring(mailbox.raw)
            encodeSelect(options, to: &encoder)
        case .uidExpunge(let set): encoder.word(set.description)
        case .uidFetch(let set, let items, let changedSince, let vanished):
            encoder.word(set.description)
            encoder.list(items.map(\.wire))
            if let changedSince { encoder.word("(CHANGEDSINCE \(changedSince)\(vanished ? " VANISHED" : ""))") }
        case .uidStore(let set, let action, let unchangedSince):
            encoder.word(set.description)
            if let unchangedSince { encoder.word("(UNCHANGEDSINCE \(unchangedSince))") }
            encodeStore(action, to: &encoder)
        case .uidCopy(let set, let mailbox), .uidMove(let set, let mailbox):
            encoder.word(set.description)
            encoder.astring(mailbox.raw)
        case .uidSearch(let key, let returning, let charset):
            if !returning.isEmpty { encoder.word("RETURN (\(returning.map(\.rawValue).joined(separator: " ")))") }
            if let charset { encoder.word("CHARSET \(charset)") }
            key.encode(to: &encoder)
        case .uidSort(let criteria, let key, let charset):
            encoder.list(criteria.map { ($0.isReverse ? "REVERSE " : "") + $0.key.rawValue })
            encoder.word(charset)
            key.encode(to: &encoder)
        case .uidThread(let algorithm, let key, let charset):
            encoder.word(algorithm)
            encoder.word(charset)
            key.encode(to: &encoder)
        }
    }

    private func encodeList(
        _ reference: String, _ patterns: [String], _ options: IMAP.ListOptions, to encoder: inout IMAP.CommandEncoder
    ) {
        var selection: [String] = []
        if options.selectSubscribed { selection.append("SUBSCRIBED") }
        if options.selectRemote { selection.append("REMOTE") }
        if options.selectRecursiveMatch { selection.append("RECURSIVEMATCH") }
        if options.selectSpecialUse { selection.append("SPECIAL-USE") }
        if !selection.isEmpty { encoder.list(selection) }
        encoder.raw(" ")
        encoder.string(patternBytes(reference, encoder), mayBeAtom: false)
        encoder.raw(patterns.count == 1 ? " " : " (")
        for (index, pattern) in patterns.enumerated() {
            if index > 0 { encoder.raw(" ") }
            encoder.string(patternBytes(pattern, encoder), mayBeAtom: false)
        }
        if patterns.count != 1 { encoder.raw(")") }
        var returning: [String] = []
        if options.returnSubscribed { returning.append("SUBSCRIBED") }
        if options.returnChildren { returning.append("CHILDREN") }
        if options.returnSpecialUse { returning.append("SPECIAL-USE") }
        if !options.returnStatus.isEmpty {
            returning.append("STATUS (\(options.returnStatus.map(\.rawValue).joined(separator: " ")))")
        }
        if !returning.isEmpty { encoder.word("RETURN (\(returning.joined(separator: " ")))") }
    }

    private func patternBytes(_ text: String, _ encoder: IMAP.CommandEncoder) -> [UInt8] {
        encoder.options.utf8 ? Array(text.utf8) : IMAP.ModifiedUTF7.encode(text)
    }

    private func encodeSelect(_ options: IMAP.SelectOptions, to encoder: inout IMAP.CommandEncoder) {
        if let qresync = options.qresync {
            let known = qresync.knownUIDs.map { $0.isEmpty ? "" : " \($0)" } ?? ""
            encoder.word("(QRESYNC (\(qresync.uidValidity) \(qresync.modSeq)\(known)))")
        } else if options.condStore {
            encoder.word("(CONDSTORE)")
        }
    }

    private func encodeStore(_ action: IMAP.StoreAction, to encoder: inout IMAP.CommandEncoder) {
        func flags(_ sign: String, _ flags: [IMAP.Flag], _ silent: Bool) {
            encoder.word("\(sign)FLAGS\(silent ? ".SILENT" : "")")
            encoder.list(flags.map(\.rawValue))
        }
        func labels(_ sign: String, _ labels: [String]) {
            encoder.word("\(sign)X-GM-LABELS (")
            for (index, label) in labels.enumerated() {
                if index > 0 { encoder.raw(" ") }
                // System labels are flags and go unquoted.
                if label.hasPrefix("\\") {
                    encoder.raw(label)
                } else {
                    encoder.string(patternBytes(label, encoder), mayBeAtom: true)
                }
            }
            encoder.raw(")")
        }
        switch action {
        case .add(let list, let silent): flags("+", list, silent)
        case .remove(let list, let silent): flags("-", list, silent)
        case .replace(let list, let silent): flags("", list, silent)
        case .addLabels(let list): labels("+", list)
        case .removeLabels(let list): labels("-", list)
        case .replaceLabels(let list): labels("", list)
        }
    }
}

extension IMAP.FetchItem {
    /// `BODY.PEEK[HEADER]<0.2048>`
    var wire: String {
        func range(_ partial: IMAP.Partial?) -> String { partial.map { "<\($0.offset).\($0.count)>" } ?? "" }
        func numbers(_ part: [UInt32]) -> String { part.map { "\($0)" }.joined(separator: ".") }
        switch self {
        case .uid: return "UID"
        case .flags: return "FLAGS"
        case .internalDate: return "INTERNALDATE"
        case .size: return "RFC822.SIZE"
        case .envelope: return "ENVELOPE"
        case .bodyStructure: return "BODYSTRUCTURE"
        case .modSeq: return "MODSEQ"
        case .body(let section, let partial): return "BODY.PEEK[\(section)]\(range(partial))"
        case .binary(let part, let partial): return "BINARY.PEEK[\(numbers(part))]\(range(partial))"
        case .binarySize(let part): return "BINARY.SIZE[\(numbers(part))]"
        case .emailID: return "EMAILID"
        case .threadID: return "THREADID"
        case .gmailMessageID: return "X-GM-MSGID"
        case .gmailThreadID: return "X-GM-THRID"
        case .gmailLabels: return "X-GM-LABELS"
        case .preview(let lazy): return lazy ? "PREVIEW (LAZY)" : "PREVIEW"
        case .saveDate: return "SAVEDATE"
        }
    }
}
