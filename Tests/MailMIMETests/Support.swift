import Foundation

@testable import MailMIME

/// The files of `Corpus/`.
enum Corpus {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    static func bytes(_ path: String) -> [UInt8] {
        (try? Data(contentsOf: folder.appending(path: path))).map { [UInt8]($0) } ?? []
    }

    static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

    /// The files below a folder, with paths relative to the corpus.
    static func files(_ path: String) -> [String] {
        let root = folder.appending(path: path)
        let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey])
        return (found?.allObjects as? [URL] ?? [])
            .filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
            .map { path + String($0.path().dropFirst(root.path().count)) }
            .sorted()
    }

    static func json(_ path: String) -> Any? { try? JSONSerialization.jsonObject(with: Data(bytes(path)), options: [.fragmentsAllowed]) }
}

extension MIMEMessage {
    init(_ text: String) { self = MIMEMessage.parse(Array(text.utf8)) }

    /// A message that has one field.
    static func field(_ name: String, _ value: String) -> HeaderField {
        MIMEMessage("\(name): \(value)\r\n\r\n").headers.fields[0]
    }

    /// The structure in short: `multipart/mixed(text/plain image/png)`.
    var outline: String { outline(of: 0) }

    private func outline(of index: Int) -> String {
        let children = parts[index].children.map { outline(of: $0) }
        return parts[index].mediaType.description + (children.isEmpty ? "" : "(" + children.joined(separator: " ") + ")")
    }
}

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Text in a legacy charset, by way of Foundation.
func encode(_ text: String, _ label: String) -> [UInt8]? {
    let names = ["ibm866": "cp866", "gb18030": "gb18030", "windows-874": "cp874", "shift_jis": "cp932", "big5": "cp950", "euc-kr": "cp949"]
    return IconvWriter.encode(text, to: names[label] ?? label)
}
