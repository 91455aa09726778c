import PostroomCore

/// What a blobId names.
///
/// An email's own blob is named by the email, not by its content, so that it stays the same whether the source is here or still
/// on the server.
enum BlobName: Hashable {
    /// `G` and the SHA-256: an upload.
    case content(BlobID)
    /// `M` and the number of the email: its whole source.
    case message(EmailID)
    /// `P`: the decoded content of one part of an email; more than one index leads into embedded messages.
    case part(EmailID, [Int])
    /// `Q`: the decoded content of one part of an uploaded message.
    case contentPart(BlobID, [Int])

    init?(_ text: String) {
        let pieces = text.dropFirst().split(separator: "-", omittingEmptySubsequences: false)
        guard let first = pieces.first, pieces.count <= 20 else { return nil }
        let path = pieces.dropFirst().compactMap(Self.number)
        guard path.count == pieces.count - 1 else { return nil }
        switch text.utf8.first {
        case UInt8(ascii: "G") where path.isEmpty:
            guard let id = BlobID(hex: first) else { return nil }
            self = .content(id)
        case UInt8(ascii: "M") where path.isEmpty:
            guard let number = Self.number(first), number > 0 else { return nil }
            self = .message(EmailID(Int64(number)))
        case UInt8(ascii: "P") where !path.isEmpty:
            guard let number = Self.number(first), number > 0 else { return nil }
            self = .part(EmailID(Int64(number)), path)
        case UInt8(ascii: "Q") where !path.isEmpty:
            guard let id = BlobID(hex: first) else { return nil }
            self = .contentPart(id, path)
        default: return nil
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard let number = Int(text), number >= 0, String(number) == text else { return nil }
        return number
    }

    var text: String {
        func suffix(_ path: [Int]) -> String { path.map { "-\($0)" }.joined() }
        switch self {
        case .content(let id): return "G" + id.hex
        case .message(let id): return "M\(id.value)"
        case .part(let id, let path): return "P\(id.value)" + suffix(path)
        case .contentPart(let id, let path): return "Q" + id.hex + suffix(path)
        }
    }

    /// The name of a part of the message that this names.
    func part(_ index: Int) -> BlobName {
        switch self {
        case .content(let id): .contentPart(id, [index])
        case .message(let id): .part(id, [index])
        case .part(let id, let path): .part(id, path + [index])
        case .contentPart(let id, let path): .contentPart(id, path + [index])
        }
    }
}

extension BlobID {
    /// The wire form of what this names by its content.
    public var jmap: String { BlobName.content(self).text }
}
