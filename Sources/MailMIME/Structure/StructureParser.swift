/// Finds the parts of one source: line starts are looked at, content is not.
///
/// Iterative, so that nesting costs no stack: `frames` are the containers that are open, innermost last.
struct StructureParser {
    struct Frame {
        var part: Int
        /// Where the boundary lies in `boundaries`; empty for an embedded message.
        var boundary: Range<Int>
        var isMultipart: Bool
        var isDigest = false
        var isClosed = false
        var childCount: UInt32 = 0
    }

    /// A boundary line.
    struct Delimiter {
        var frame: Int
        var isClosing: Bool
        var lineStart: Int
        var next: Int
    }

    let bytes: Bytes
    let source: Int
    let options: ParseOptions
    let lineBreak: UInt8
    var frames: [Frame] = []
    var boundaries: [UInt8] = []
    var index: StructureIndex

    /// The leaf whose content is being passed over; nil in preambles and epilogues.
    private var leaf: Int?
    /// True where that leaf is an embedded message with a transfer encoding.
    private var isEncodedMessage = false

    init(bytes: Bytes, source: Int, options: ParseOptions, index: StructureIndex) {
        self.bytes = bytes
        self.source = source
        self.options = options
        self.index = index
        // Lines end with LF. Only where there is none at all do bare CRs end them.
        lineBreak = bytes.find(10, from: 0, to: bytes.count) == nil && bytes.find(13, from: 0, to: bytes.count) != nil ? 13 : 10
    }

    /// Reads the source as one entity that lies in `parent`.
    mutating func parse(parent: Int, depth: Int, ordinal: UInt32 = 1) {
        var at = openEntity(at: 0, parent: parent, depth: depth, ordinal: ordinal, isInDigest: false)
        while let delimiter = nextDelimiter(from: at) {
            at = pass(delimiter)
        }
        finish(at: bytes.count, downTo: 0)
    }

    /// Reads the header of the source and nothing more.
    mutating func parseHeader() {
        _ = startPart(at: 0, parent: -1, depth: 0, ordinal: 1, isInDigest: false)
        index.records[0].bodyEnd = index.records[0].bodyStart
    }

    // MARK: Opening

    /// Opens an entity and, where it is an embedded message, the one inside; gives the place to go on from.
    private mutating func openEntity(at start: Int, parent: Int, depth: Int, ordinal: UInt32, isInDigest: Bool) -> Int {
        var (at, parent, depth, ordinal, isInDigest) = (start, parent, depth, ordinal, isInDigest)
        while true {
            let end = startPart(at: at, parent: parent, depth: depth, ordinal: ordinal, isInDigest: isInDigest)
            let part = index.records.count - 1
            let bodyStart = Int(index.records[part].bodyStart)
            leaf = part
            isEncodedMessage = false
            if end == .boundary { return bodyStart }
            let content = ContentHeader(bytes: bytes, fields: index.fields[index.records[part].fields], isInDigest: isInDigest)
            index.records[part].encoding = content.encoding
            switch content.kind {
            case .leaf:
                return bodyStart
            case .multipart:
                guard let boundary = content.boundary else {
                    index.report(.missingBoundaryParameter, at: Int(index.records[part].headerStart), part: part)
                    return bodyStart
                }
                guard hasRoom(depth: depth, part: part, at: bodyStart) else { return bodyStart }
                if !content.encoding.isIdentity { index.report(.encodedContainer, at: bodyStart, part: part) }
                let first = boundaries.count
                boundaries += boundary
                index.records[part].kind = .multipart
                frames.append(
                    Frame(part: part, boundary: first..<boundaries.count, isMultipart: true, isDigest: content.isDigest))
                leaf = nil
                return bodyStart
            case .message:
                guard hasRoom(depth: depth, part: part, at: bodyStart) else { return bodyStart }
                // An encoded one is decoded and parsed when its end is known.
                guard content.encoding.isIdentity else {
                    index.report(.encodedContainer, at: bodyStart, part: part)
                    isEncodedMessage = true
                    return bodyStart
                }
                index.records[part].kind = .message
                frames.append(Frame(part: part, boundary: boundaries.count..<boundaries.count, isMultipart: false))
                (at, parent, depth, ordinal, isInDigest) = (bodyStart, part, depth + 1, 1, false)
            }
        }
    }

    private mutating func hasRoom(depth: Int, part: Int, at position: Int) -> Bool {
        if depth + 1 >= options.limits.maxDepth {
            index.report(.tooDeep, at: position, part: part)
            return false
        }
        return index.records.count < options.limits.maxParts
    }

    private mutating func startPart(at start: Int, parent: Int, depth: Int, ordinal: UInt32, isInDigest: Bool) -> HeaderScanner.End {
        let part = index.records.count
        let firstField = index.fields.count
        var scanner = HeaderScanner()
        scanner.scan(bytes, from: start, lineBreak: lineBreak, part: part, into: &index) { [frames, boundaries] line in
            frames.contains { $0.isMultipart }
                && Self.match(bytes, line: line, lineBreak: lineBreak, frames: frames, boundaries: boundaries) != nil
        }
        if scanner.end == .boundary { index.report(.missingHeaderEnd, at: scanner.headerEnd, part: part) }
        index.records.append(
            PartRecord(
                parent: Int32(parent), ordinal: ordinal, depth: UInt16(depth), isInDigest: isInDigest, source: UInt32(source),
                headerStart: UInt32(start), headerEnd: UInt32(scanner.headerEnd), bodyStart: UInt32(scanner.bodyStart),
                bodyEnd: UInt32(scanner.bodyStart), firstField: UInt32(firstField), endField: UInt32(index.fields.count)))
        return scanner.end
    }

    // MARK: Boundary lines

    /// The next boundary line of any open multipart at or after `start`, which is the start of a line.
    private func nextDelimiter(from start: Int) -> Delimiter? {
        guard frames.contains(where: \.isMultipart) else { return nil }
        let count = bytes.count
        // Base64 has no "-": the next one is the next boundary line, or nearly so.
        let skipsByDash = leaf.map { index.records[$0].encoding == .base64 } ?? false
        var at = start
        while at + 2 < count {
            if bytes[at] == 45, bytes[at + 1] == 45,
                let match = Self.match(bytes, line: at, lineBreak: lineBreak, frames: frames, boundaries: boundaries)
            {
                return match
            }
            if skipsByDash {
                guard let dash = bytes.find(45, from: at + 1, to: count) else { return nil }
                if bytes[dash - 1] == lineBreak {
                    at = dash
                    continue
                }
            }
            guard let lineEnd = bytes.find(lineBreak, from: at, to: count) else { return nil }
            at = lineEnd + 1
        }
        return nil
    }

    /// Compares a line that starts with "--" with the open boundaries, innermost first.
    private static func match(_ bytes: Bytes, line: Int, lineBreak: UInt8, frames: [Frame], boundaries: [UInt8]) -> Delimiter? {
        let count = bytes.count
        var lineEnd = -1
        var contentEnd = 0
        // A boundary with more text after a space: RFC 2046 section 5.1.1 lets readers compare the beginning only.
        var loose: Delimiter?
        var number = frames.count - 1
        while number >= 0 {
            let frame = frames[number]
            defer { number -= 1 }
            guard frame.isMultipart, !frame.isClosed, line + 2 + frame.boundary.count <= count else { continue }
            var at = line + 2
            var isEqual = true
            for position in frame.boundary {
                if bytes[at] != boundaries[position] {
                    isEqual = false
                    break
                }
                at += 1
            }
            guard isEqual else { continue }
            if lineEnd < 0 {
                lineEnd = bytes.find(lineBreak, from: line, to: count) ?? count
                contentEnd = lineEnd
                while contentEnd > line, bytes[contentEnd - 1].isSpace { contentEnd -= 1 }
            }
            if contentEnd <= at {
                return Delimiter(frame: number, isClosing: false, lineStart: line, next: min(lineEnd + 1, count))
            }
            if contentEnd == at + 2, bytes[at] == 45, bytes[at + 1] == 45 {
                return Delimiter(frame: number, isClosing: true, lineStart: line, next: min(lineEnd + 1, count))
            }
            guard loose == nil else { continue }
            if bytes[at].isBlank {
                loose = Delimiter(frame: number, isClosing: false, lineStart: line, next: min(lineEnd + 1, count))
            } else if contentEnd > at + 2, bytes[at] == 45, bytes[at + 1] == 45, bytes[at + 2].isBlank {
                loose = Delimiter(frame: number, isClosing: true, lineStart: line, next: min(lineEnd + 1, count))
            }
        }
        return loose
    }

    // MARK: Closing

    /// Ends what a boundary line ends and opens the part that it opens; gives the place to go on from.
    private mutating func pass(_ delimiter: Delimiter) -> Int {
        var contentEnd = delimiter.lineStart
        if contentEnd > 0, bytes[contentEnd - 1] == lineBreak { contentEnd -= 1 }
        if lineBreak == 10, contentEnd > 0, contentEnd < delimiter.lineStart, bytes[contentEnd - 1] == 13 { contentEnd -= 1 }
        finish(at: contentEnd, downTo: delimiter.frame + 1)
        if delimiter.isClosing {
            frames[delimiter.frame].isClosed = true
            return delimiter.next
        }
        // A boundary line at the very end opens nothing.
        if delimiter.next >= bytes.count, frames[delimiter.frame].childCount > 0 {
            index.report(.missingClosingBoundary, at: delimiter.lineStart, part: frames[delimiter.frame].part)
            frames[delimiter.frame].isClosed = true
            return delimiter.next
        }
        guard index.records.count < options.limits.maxParts else {
            index.report(.tooManyParts, at: delimiter.lineStart, part: frames[delimiter.frame].part)
            frames[delimiter.frame].isClosed = true
            return delimiter.next
        }
        frames[delimiter.frame].childCount += 1
        let frame = frames[delimiter.frame]
        return openEntity(
            at: delimiter.next, parent: frame.part, depth: Int(index.records[frame.part].depth) + 1, ordinal: frame.childCount,
            isInDigest: frame.isDigest)
    }

    /// Ends the open leaf and every frame from `first` on.
    private mutating func finish(at end: Int, downTo first: Int) {
        if let leaf {
            setEnd(of: leaf, end)
            self.leaf = nil
            unpack(leaf)
        }
        while frames.count > first, let frame = frames.popLast() {
            setEnd(of: frame.part, end)
            boundaries.removeSubrange(frame.boundary.lowerBound...)
            guard frame.isMultipart, !frame.isClosed else { continue }
            if frame.childCount == 0 {
                index.report(.boundaryNotFound, at: Int(index.records[frame.part].bodyStart), part: frame.part)
                index.records[frame.part].kind = .leaf
            } else {
                index.report(.missingClosingBoundary, at: Int(index.records[frame.part].bodyEnd), part: frame.part)
            }
        }
    }

    private mutating func setEnd(of part: Int, _ end: Int) {
        // The line end of the empty line after a header may be the one that belongs to the boundary.
        let end = UInt32(end)
        index.records[part].bodyEnd = end
        if index.records[part].bodyStart > end { index.records[part].bodyStart = end }
        if index.records[part].headerEnd > end { index.records[part].headerEnd = end }
        if index.records[part].headerStart > end { index.records[part].headerStart = end }
    }

    /// Parses what lies encoded in a leaf, where it is an encoded message or, if asked for, TNEF or uuencode.
    private mutating func unpack(_ part: Int) {
        if isEncodedMessage {
            isEncodedMessage = false
            guard let content = decoded(part), !content.isEmpty else { return }
            index.records[part].kind = .message
            parseDerived(content, parent: part, ordinal: 1)
        } else if options.unpacksAttachments {
            let record = index.records[part]
            let header = ContentHeader.Unpackable(bytes: bytes, fields: index.fields[record.fields])
            guard header != .none, index.records.count < options.limits.maxParts, !holdsNoUUEncode(part, header),
                let content = decoded(part)
            else { return }
            let entities = header == .tnef ? TNEF.parse(content).entities : UUEncode.files(in: content).map(\.entity)
            for (number, entity) in entities.enumerated() where index.records.count < options.limits.maxParts {
                guard spend(entity.count) else { return }
                parseDerived(entity, parent: part, ordinal: UInt32(number + 1))
            }
        }
    }

    /// Most texts need not be decoded to see that there is no file in them.
    private func holdsNoUUEncode(_ part: Int, _ header: ContentHeader.Unpackable) -> Bool {
        let record = index.records[part]
        guard header != .tnef, record.encoding.isIdentity else { return false }
        return !UUEncode.mayBe(in: bytes.sub(record.bodyRange.lowerBound, record.bodyRange.upperBound))
    }

    /// The decoded content of a leaf; nil where the budget for such is spent.
    private mutating func decoded(_ part: Int) -> [UInt8]? {
        let record = index.records[part]
        guard spend(record.bodyRange.count) else { return nil }
        return record.encoding.decode(bytes.sub(record.bodyRange.lowerBound, record.bodyRange.upperBound)).bytes
    }

    private mutating func spend(_ size: Int) -> Bool {
        guard size <= index.unpackBudget else { return false }
        index.unpackBudget -= size
        return true
    }

    private mutating func parseDerived(_ content: [UInt8], parent: Int, ordinal: UInt32) {
        let depth = Int(index.records[parent].depth) + 1
        guard depth < options.limits.maxDepth else {
            index.report(.tooDeep, at: Int(index.records[parent].bodyStart), part: parent)
            return
        }
        // The index moves into the inner parser and back, so that it is never copied.
        var moved = StructureIndex(source: [], limits: options.limits)
        swap(&moved, &index)
        moved.sources.append(content)
        index = content.withUnsafeBufferPointer { bytes in
            var parser = StructureParser(bytes: bytes, source: moved.sources.count - 1, options: options, index: moved)
            moved = StructureIndex(source: [], limits: options.limits)
            parser.parse(parent: parent, depth: depth, ordinal: ordinal)
            return parser.index
        }
    }
}
