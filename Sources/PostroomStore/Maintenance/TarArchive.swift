import Crypto
import Foundation
import PostroomCore

/// Several files in one, in the format that `tar` reads (POSIX ustar; sizes beyond 8 GiB in base 256, as GNU tar writes them).
enum TarArchive {
    private static let block = 512
    private static let piece = 1 << 20

    /// Writes `files` of `folder` in this order; `progress` is told the bytes written so far.
    static func write(_ files: [String], of folder: String, to path: String, progress: (Int) -> Void) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let archive = FileHandle(forWritingAtPath: path)
        else { throw DataFolderError.notWritable(path: path) }
        defer { try? archive.close() }
        var written = 0
        for name in files {
            let size = try fileSize(folder + "/" + name)
            try archive.write(contentsOf: header(name, size: size))
            try eachPiece(of: folder + "/" + name) { bytes in
                try archive.write(contentsOf: bytes)
                written += bytes.count
                progress(written)
            }
            try archive.write(contentsOf: Data(count: padding(size)))
        }
        try archive.write(contentsOf: Data(count: 2 * block))
        try archive.synchronize()
    }

    /// Unpacks into `folder`, which must be there. Throws `BackupError.damaged` for what is no archive of plain files or ends early.
    static func unpack(_ path: String, into folder: String, progress: (Int) -> Void) throws {
        guard let archive = FileHandle(forReadingAtPath: path) else { throw StoreError.notFound(what: path) }
        defer { try? archive.close() }
        var read = 0
        while true {
            guard let header = try archive.read(upToCount: block), header.count == block else {
                throw BackupError.damaged("the file ends too early")
            }
            if header.allSatisfy({ $0 == 0 }) { return }
            let (name, size) = try entry(Array(header))
            let target = folder + "/" + name
            guard FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o600]),
                let file = FileHandle(forWritingAtPath: target)
            else { throw DataFolderError.notWritable(path: target) }
            var left = size
            while left > 0 {
                guard let bytes = try archive.read(upToCount: min(left, piece)), !bytes.isEmpty else {
                    throw BackupError.damaged("the file ends too early")
                }
                try file.write(contentsOf: bytes)
                left -= bytes.count
                read += bytes.count
                progress(read)
            }
            try file.synchronize()
            try file.close()
            _ = try archive.read(upToCount: padding(size))
        }
    }

    static func sha256(of path: String) throws -> String {
        var hash = SHA256()
        try eachPiece(of: path) { hash.update(data: $0) }
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func fileSize(_ path: String) throws -> Int {
        (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
    }

    private static func eachPiece(of path: String, _ body: (Data) throws -> Void) throws {
        guard let file = FileHandle(forReadingAtPath: path) else { throw StoreError.notFound(what: path) }
        defer { try? file.close() }
        while let bytes = try file.read(upToCount: piece), !bytes.isEmpty { try body(bytes) }
    }

    private static func padding(_ size: Int) -> Int { (block - size % block) % block }

    private static func header(_ name: String, size: Int) -> Data {
        var bytes = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at offset: Int) { bytes.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8)) }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        if size < 1 << 33 {
            put(octal(size, 11), at: 124)
        } else {
            bytes[124] = 0x80
            for index in 0..<8 { bytes[135 - index] = UInt8(truncatingIfNeeded: size >> (8 * index)) }
        }
        put(octal(Int(Date().timeIntervalSince1970), 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar\u{0}00", at: 257)
        put(octal(bytes.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        return Data(bytes)
    }

    private static func entry(_ header: [UInt8]) throws -> (name: String, size: Int) {
        func text(_ range: Range<Int>) -> String { String(decoding: header[range].prefix { $0 != 0 && $0 != 0x20 }, as: UTF8.self) }
        let sum = header.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(header[$1])) }
        guard text(257..<262) == "ustar", Int(text(148..<156), radix: 8) == sum else {
            throw BackupError.damaged("it is not a Postroom backup")
        }
        let name = text(0..<100)
        // Only names that we write: no entry leaves the folder.
        guard header[156] == UInt8(ascii: "0"), BackupManifest.fileNames.contains(name) else {
            throw BackupError.damaged("it holds a file “\(name)” that no backup has")
        }
        if header[124] == 0x80 { return (name, header[128..<136].reduce(0) { $0 << 8 | Int($1) }) }
        guard let size = Int(text(124..<136), radix: 8) else { throw BackupError.damaged("a size in it can't be read") }
        return (name, size)
    }
}
