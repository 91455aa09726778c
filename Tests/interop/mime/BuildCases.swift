// Builds messages that other programs are to read, each with what they should find in it.
// usage: buildcases FOLDER: writes NN.eml and NN.values (lines of key, tab, UTF-8 as hexadecimal digits).
import Glibc

@main
enum BuildCases {
    static let subjects = [
        "Hello", "Привет, как дела?", "日本語の件名がとても長い場合でも文字の途中で切れてはいけません。日本語の件名がとても長い場合でも。",
        "Grüße aus Köln und noch viel mehr Text, der gefaltet werden muss, weil er lang ist",
        "mixed ASCII and кириллица and ASCII again", "👨‍👩‍👧‍👦 family", "a=b?c_d (x) \"q\" <z>", String(repeating: "word ", count: 40) + "end",
        "Ответ: Re: [list] тема",
    ]
    static let names: [String?] = [
        nil, "John Doe", "Doe, John", "O'Neil \"Jack\" (x)", "Пётр Иванов", "山田 太郎", "Jörg Müller-Lüdenscheidt von und zu Hohenstein",
        "Очень Длинное Имя Отправителя С Многими Словами Которое Не Помещается",
    ]
    static let fileNames = [
        "a.txt", "a b.pdf", "Отчёт за март 2024.pdf", "quote\"x.txt", "日本語ファイル名.xlsx",
        String(repeating: "длинное имя ", count: 8) + ".docx", "semi;colon=1.txt", String(repeating: "a", count: 120) + ".bin",
    ]
    static let texts = [
        "Hello", "Привет\nмир\n\n-- \nподпись", "From here\n.\n..\ntrailing", String(repeating: "long ", count: 400), "日本語",
        "tab\tand = sign\n> quote\n", "Grüße\n" + String(repeating: "x", count: 1200),
    ]

    static func main() throws {
        let folder = CommandLine.arguments[1]
        var number = 0
        let count = subjects.count * names.count
        for at in 0..<count {
            for encoding in [MessageBuilder.HeaderEncoding.encodedWords, .utf8] {
                // GMime and Python read raw UTF-8 headers as well.
                var builder = MessageBuilder(
                    date: MailDate(secondsSince1970: 1_700_000_000 + Int64(at) * 86_399, offsetMinutes: at % 26 * 60 - 720),
                    messageID: "id\(at)@postroom.example"
                ) {
                    "=_case\(at)_\($0)"
                }
                builder.headerEncoding = encoding
                builder.isFlowed = false
                builder.allows8Bit = at % 2 == 0
                builder.subject = subjects[at % subjects.count]
                builder.from = [MailAddress(name: names[at % names.count], address: "from@example.com")]
                builder.to = (0...(at % 5)).map { MailAddress(name: names[(at + $0) % names.count], address: "to\($0)@example.org") }
                builder.cc = at % 3 == 0 ? [MailAddress(name: names[(at + 3) % names.count], address: "\"a b\"@example.org")] : []
                builder.bcc = [MailAddress(address: "secret@example.net")]
                builder.references = (0..<(at % 7)).map { "ref\($0)@example.org" }
                builder.textBody = texts[at % texts.count]
                if at % 4 == 1 {
                    builder.htmlBody = "<p>" + texts[(at + 1) % texts.count] + "</p>"
                    builder.inlineParts = [
                        Attachment(fileName: "logo.png", mediaType: "image/png", content: .bytes([1, 2, 3]), contentID: "logo@x")
                    ]
                }
                if at % 4 != 3 {
                    builder.attachments = [
                        Attachment(
                            fileName: fileNames[at % fileNames.count], mediaType: "application/pdf",
                            content: .bytes((0..<(at * 37)).map { UInt8(truncatingIfNeeded: $0 &* 7) }))
                    ]
                }
                try write(folder + "/" + padded(number, 3) + ".eml", builder.build(.wire))
                try write(folder + "/" + padded(number, 3) + ".values", Array(values(builder).utf8))
                number += 1
            }
        }
        print(number)
    }

    static func values(_ builder: MessageBuilder) -> String {
        var lines = ["subject\t" + hex(builder.subject), "date\t" + hex(builder.date.utc), "messageid\t" + hex(builder.messageID)]
        for (key, list) in [("from", builder.from), ("to", builder.to), ("cc", builder.cc)] {
            for address in list { lines.append(key + "\t" + hex(address.name ?? "") + "\t" + hex(address.address)) }
        }
        for id in builder.references { lines.append("reference\t" + hex(id)) }
        lines.append("text\t" + hex(builder.textBody ?? ""))
        if let html = builder.htmlBody { lines.append("html\t" + hex(html)) }
        for attachment in builder.attachments {
            guard case .bytes(let bytes) = attachment.content else { continue }
            lines.append("attachment\t" + hex(attachment.fileName ?? "") + "\t" + hex(bytes))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func hex(_ text: String) -> String { hex(Array(text.utf8)) }

    static func hex(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return text
    }

    static func write(_ path: String, _ bytes: [UInt8]) throws {
        guard let file = fopen(path, "w") else { throw Failure() }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    struct Failure: Error {}
}
