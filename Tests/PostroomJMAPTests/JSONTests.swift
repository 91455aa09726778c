import PostroomJMAP
import Testing

@Suite("I-JSON (RFC 7493, RFC 8620 §1.5)")
struct JSONTests {
    @Test(
        "refused",
        arguments: [
            "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{a:1}", "[1 2]", "nul", "01", "1.", "-", "1e", "\"\\x\"",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"", "\"a", "\"\u{1}\"", "{} {}", "1e999", "\"\\u12\"", "[\"a\":1]",
        ])
    func refused(_ text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test("bytes that are no UTF-8 are refused, in strings with escapes too")
    func invalidUTF8() {
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0x5C, 0x6E, 0xFF, 0x22]) }
    }

    @Test("nesting has an end")
    func nesting() {
        #expect(throws: JSONError.self) { try JSONParser.parse([UInt8](repeating: UInt8(ascii: "["), count: 100_000)) }
    }

    @Test(
        "comes back as it was",
        arguments: [
            "null", "true", "[1,-2,3.50,1e3,-0,12345678901234567890]", "{\"a\":{\"b\":[]},\"c\":\"x\"}", "\"\\\"\\\\\\n\\t\\u0001é😀\"",
        ])
    func roundTrip(_ text: String) throws {
        #expect(try JSONValue.json(text).text == text)
    }

    @Test("code points that are no characters are not written (RFC 7493 §2.1); those beside them are")
    func noncharacters() {
        func text(_ codes: [UInt32]) -> String {
            var text = ""
            text.unicodeScalars.append(contentsOf: codes.compactMap(Unicode.Scalar.init))
            return text
        }
        let none: [UInt32] = [0xFFFE, 0xFFFF, 0xFDD0, 0xFDEF, 0x1FFFE, 0x10FFFF]
        let some: [UInt32] = [0xFFFD, 0xFFFC, 0xFDCF, 0xFDF0, 0x1FFFD, 0x1F600, 0xFF5E, 0x61]
        var json = JSONWriter()
        json.string(text([0x61] + none + some + none))
        let written = text([0x61] + none.map { _ in 0xFFFD } + some + none.map { _ in 0xFFFD })
        #expect(String(decoding: json.bytes, as: UTF8.self) == "\"\(written)\"")
    }

    @Test("escapes are read")
    func escapes() throws {
        #expect(try JSONValue.json("\"\\u0041\\/\\ud83d\\ude00\\b\"").string == "A/😀\u{8}")
    }

    @Test("integers: up to 2^53 - 1 either way, a fraction of zero allowed (RFC 8620 §1.3)")
    func integers() throws {
        #expect(try JSONValue.json("9007199254740991").integer == 9_007_199_254_740_991)
        #expect(try JSONValue.json("9007199254740992").integer == nil)
        #expect(try JSONValue.json("5.0").integer == 5)
        #expect(try JSONValue.json("5.5").integer == nil)
    }

    @Test("many members: found by name, doubles still refused")
    func largeObjects() throws {
        let members = (0..<500).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        #expect(try JSONValue.json("{\(members)}")["k377"]?.integer == 377)
        #expect(throws: JSONError.self) { try JSONValue.json("{\(members),\"k3\":1}") }
    }
}
