import MailProtocol
import Testing

@Suite("Dot stuffing")
struct DotStuffingTests {
    @Test(
        "wire form for DATA",
        arguments: [
            ("", ".\r\n"), ("a", "a\r\n.\r\n"), ("a\r\n", "a\r\n.\r\n"), (".", "..\r\n.\r\n"), ("..\r\n.x\r\n", "...\r\n..x\r\n.\r\n"),
            ("a\nb\rc", "a\r\nb\r\nc\r\n.\r\n"), ("a\r\n.\r\nQUIT\r\n", "a\r\n..\r\nQUIT\r\n.\r\n"), ("a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"),
            ("a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"), ("x\r", "x\r\n.\r\n"), ("\r\r\n", "\r\n\r\n.\r\n"),
        ])
    func data(_ message: String, _ wire: String) {
        var stuffing = DotStuffing()
        #expect(String(decoding: stuffing.encode(Array(message.utf8)) + stuffing.finish(), as: UTF8.self) == wire)
    }

    @Test("BDAT keeps the dots and adds none")
    func chunks() {
        var stuffing = DotStuffing(doublesDots: false)
        #expect(String(decoding: stuffing.encode(Array(".a\n.".utf8)) + stuffing.finish(), as: UTF8.self) == ".a\r\n.\r\n")
    }

    @Test("However a message is cut, the wire is the same and a server reads the message back", arguments: 0..<200)
    func cuts(_ seed: Int) {
        var random = Generator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        let alphabet: [UInt8] = [13, 10, 46, 97, 13, 10, 46]
        let message = (0..<Int.random(in: 0..<60, using: &random)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
        var whole = DotStuffing()
        let expected = whole.encode(message) + whole.finish()
        var pieces = DotStuffing()
        var wire: [UInt8] = []
        var rest = message[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...5, using: &random))
            rest = rest.dropFirst(piece.count)
            wire += pieces.encode(piece)
        }
        wire += pieces.finish()
        #expect(wire == expected)
        #expect(Self.serverView(wire) == Self.normalised(message))
    }

    /// RFC 5321 section 4.5.2, the receiving side: nil where the end comes early or not at all.
    private static func serverView(_ wire: [UInt8]) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var index = 0
        while index + 1 < wire.count {
            guard wire[index] == 13 else {
                guard wire[index] != 10 else { return nil }
                line.append(wire[index])
                index += 1
                continue
            }
            guard wire[index + 1] == 10 else { return nil }
            index += 2
            if line == [46] { return index == wire.count ? lines : nil }
            lines.append(line.first == 46 ? Array(line.dropFirst()) : line)
            line = []
        }
        return nil
    }

    private static func normalised(_ message: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        var index = 0
        while index < message.count {
            switch message[index] {
            case 13:
                if index + 1 < message.count, message[index + 1] == 10 { index += 1 }
                lines.append(line)
                line = []
            case 10:
                lines.append(line)
                line = []
            case let byte: line.append(byte)
            }
            index += 1
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }
}
