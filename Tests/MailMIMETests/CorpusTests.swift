import Foundation
import Testing

@testable import MailMIME

@Suite struct CorpusTests {
    /// Everything that can be asked of a message, so that nothing traps or hangs.
    static func exercise(_ source: [UInt8]) -> MIMEMessage {
        let message = MIMEMessage.parse(source, options: ParseOptions(unpacksAttachments: true))
        for part in message.parts {
            _ = (part.partID, part.filename, part.safeFilename, part.contentID, part.contentLocation, part.contentLanguage)
            _ = message.decodedBody(of: part)
            _ = message.text(of: part.index)
            for field in part.headers.fields.prefix(200) {
                _ = (
                    field.name, field.asRaw, field.asText, field.asGroupedAddresses, field.asMessageIDs, field.asDate, field.asURLs,
                    field.asReceived
                )
            }
        }
        _ = (message.bodyViews, message.hasAttachment, message.preview(), message.searchText(), message.allDefects())
        _ = (
            message.deliveryReport, message.readReceipt, message.listInfo, message.isAutomatic, message.subject, message.from, message.date
        )
        return message
    }

    @Test func partsLieWithinTheirParents() {
        for name in Corpus.files("mime/messages/") {
            let message = Self.exercise(Corpus.bytes(name))
            for part in message.parts {
                #expect(part.headerRange.upperBound <= part.bodyRange.lowerBound)
                #expect(part.bodyRange.upperBound <= part.source.count)
                guard let parent = part.parent, !part.isDerived else { continue }
                #expect(
                    message.parts[parent].bodyRange.contains(part.headerRange) || part.headerRange.isEmpty, "\(name) part \(part.index)")
                #expect(part.bodyRange.upperBound <= message.parts[parent].bodyRange.upperBound, "\(name) part \(part.index)")
            }
        }
    }

    @Test func headersAloneGiveTheSameEnvelope() {
        for name in Corpus.files("mime/messages/") {
            let source = Corpus.bytes(name)
            let (whole, header) = (MIMEMessage.parse(source), MIMEMessage.parseHeaders(source))
            #expect(whole.subject == header.subject)
            #expect(whole.from == header.from)
            #expect(whole.date == header.date)
            #expect(whole.headers.fields.count == header.headers.fields.count)
        }
    }

    @Test func aPreviewIsTheSameFromTextsReadBefore() {
        for name in Corpus.files("mime/messages/") {
            let message = MIMEMessage.parse(Corpus.bytes(name))
            for limit in [100, 10_000, 1 << 20] {
                #expect(message.preview(texts: message.searchTexts(limit: limit)) == message.preview(), "\(name), \(limit)")
            }
        }
    }

    @Test func aParameterAloneIsTheOneAmongAll() {
        let names: [StaticString] = ["charset", "name", "filename", "format", "boundary", "type", "report-type", "me"]
        var told = 0
        for file in Corpus.files("mime/messages/") + Corpus.files("fuzz/") {
            for part in MIMEMessage.parse(Corpus.bytes(file)).parts {
                for (field, all) in [("Content-Type", part.parameters), ("Content-Disposition", part.dispositionParameters)] {
                    for name in names {
                        let alone = part.headers.first(field)?.parameter(name)
                        #expect(alone == all["\(name)"], "\(file), \(field), \(name)")
                        if alone != nil { told += 1 }
                    }
                }
            }
        }
        #expect(told > 500)
    }

    @Test func piecesAreTheWhole() {
        for name in Corpus.files("mime/messages/") + Corpus.files("fuzz/") {
            let source = Corpus.bytes(name)
            guard source.count < 100_000 else { continue }
            let message = MIMEMessage.parse(source)
            for part in message.parts {
                let whole = message.decodedBody(of: part)
                for size in [1, 64, 1000] {
                    var pieces: [UInt8] = []
                    message.forEachDecodedPiece(of: part.index, size: size) { pieces += $0 }
                    #expect(pieces == whole, "\(name) part \(part.index) by \(size)")
                }
                #expect(message.decodedSize(of: part.index) == whole.count)
            }
        }
    }

    @Test func damagedMessagesAreRead() {
        var random = SystemRandomNumberGenerator()
        for name in Corpus.files("mime/messages/mime4j/") {
            var source = Corpus.bytes(name)
            guard !source.isEmpty, source.count < 20_000 else { continue }
            for _ in 0..<20 { source[Int.random(in: 0..<source.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            source.removeLast(Int.random(in: 0..<source.count, using: &random))
            #expect(!Self.exercise(source).parts.isEmpty)
        }
    }

    @Test func fuzzFindsStayFixed() {
        for name in Corpus.files("fuzz/") { #expect(!Self.exercise(Corpus.bytes(name)).parts.isEmpty, "\(name)") }
    }

    @Test func datesOfMailParser() throws {
        let cases = try #require(Corpus.json("header-fields/date.json") as? [[String: Any]])
        for item in cases {
            guard let header = item["header"] as? String, let expected = item["expected"] as? [String: Any],
                let year = expected["year"] as? Int,
                !header.hasPrefix("by ")
            else { continue }
            let date = MIMEMessage.field("Date", header.replacing("\n", with: "\n ")).asDate
            #expect(date?.utc.isEmpty == false, "\(header)")
            #expect(date?.withOffset.hasPrefix(padded(year, 4)) == true, "\(header)")
        }
    }
}
