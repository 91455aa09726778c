import Foundation
import MailProtocol

/// Responses of bytes, and what the framer or the parser objected to.
enum Seen: Hashable {
    case response(IMAP.Response)
    case malformed(IMAP.ParseError)
    case literal(IMAP.StreamedLiteral, bytes: Int)
}

/// Feeds the bytes in pieces of the given size and parses each frame.
func responses(_ bytes: [UInt8], pieces: Int = .max, limits: IMAP.Limits = .standard) throws -> [Seen] {
    var framer = IMAP.Framer(limits: limits)
    var seen: [Seen] = []
    var literal: (IMAP.StreamedLiteral, Int)?
    var start = 0
    while start < bytes.count {
        let end = pieces == .max ? bytes.count : min(bytes.count, start + pieces)
        try framer.feed(Array(bytes[start..<end])) { event in
            switch event {
            case .response(let frame):
                do throws(IMAP.ParseError) {
                    seen.append(.response(try IMAP.Parser.parse(frame, limits: limits)))
                } catch {
                    seen.append(.malformed(error))
                }
            case .literal(let begun): literal = (begun, 0)
            case .literalBytes(let more): literal?.1 += more.count
            case .literalEnd:
                if let (begun, count) = literal { seen.append(.literal(begun, bytes: count)) }
                literal = nil
            }
        }
        start = end
    }
    return seen
}

func responses(_ text: String, pieces: Int = .max, limits: IMAP.Limits = .standard) throws -> [Seen] {
    try responses(Array(text.utf8), pieces: pieces, limits: limits)
}

/// The one response of a line.
func response(_ line: String) throws -> IMAP.Response {
    let seen = try responses(line + "\r\n")
    guard seen.count == 1 else { throw IMAP.ParseError(expected: "one response, not \(seen.count)", offset: 0) }
    switch seen[0] {
    case .response(let response): return response
    case .malformed(let error): throw error
    case .literal: throw IMAP.ParseError(expected: "a response", offset: 0)
    }
}

func untagged(_ line: String) throws -> IMAP.Untagged {
    guard case .untagged(let untagged) = try response(line) else { throw IMAP.ParseError(expected: "untagged", offset: 0) }
    return untagged
}

func fetched(_ attributes: String) throws -> IMAP.FetchedMessage {
    guard case .fetch(let message) = try untagged("* 7 FETCH (\(attributes))") else {
        throw IMAP.ParseError(expected: "FETCH", offset: 0)
    }
    return message
}

enum IMAPCorpus {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Corpus/imap")

    static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: path))) }

    static func lines(_ path: String) throws -> [String] {
        String(decoding: try bytes(path), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Paths of all transcripts, `gmail/greeting.txt`, in order.
    static let transcripts: [String] = {
        let root = folder.appending(path: "mailkit")
        let names = FileManager.default.enumerator(atPath: root.path(percentEncoded: false))?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted()
    }()
}
