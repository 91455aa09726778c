@testable import MailTransport
import Testing

@Suite("DNS answers")
struct DNSMessageTests {
    /// `example.test` asked, answers appended raw; the name can be pointed to as C0 0C.
    private func message(_ count: UInt8, _ answers: [UInt8]) -> [UInt8] {
        [0, 1, 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0, 7] + Array("example".utf8) + [4] + Array("test".utf8) + [0, 0, 15, 0, 1] + answers
    }

    private let mx: [UInt8] = [0xC0, 0x0C, 0, 15, 0, 1, 0, 0, 0, 60, 0, 9, 0, 10, 4] + Array("mail".utf8) + [0xC0, 0x0C]

    @Test("a compressed exchanger")
    func exchanger() throws {
        let answer = try DNSMessage(message(1, mx))
        #expect(answer.answers == [.init(name: "example.test", value: .mx(MXRecord(preference: 10, host: "mail.example.test")))])
    }

    @Test("the null exchanger and the service that is not offered have an empty host")
    func none() throws {
        let null: [UInt8] = [0xC0, 0x0C, 0, 15, 0, 1, 0, 0, 0, 60, 0, 3, 0, 0, 0]
        #expect(try DNSMessage(message(1, null)).answers.first?.value == .mx(MXRecord(preference: 0, host: "")))
        let srv: [UInt8] = [0xC0, 0x0C, 0, 33, 0, 1, 0, 0, 0, 60, 0, 7, 0, 0, 0, 0, 0, 0, 0]
        #expect(try DNSMessage(message(1, srv)).answers.first?.value == .srv(SRVRecord(priority: 0, weight: 0, port: 0, target: "")))
    }

    @Test("strings of one text record are joined")
    func text() throws {
        let txt: [UInt8] = [0xC0, 0x0C, 0, 16, 0, 1, 0, 0, 0, 60, 0, 6, 2, 97, 98, 2, 99, 100]
        #expect(try DNSMessage(message(1, txt)).answers.first?.value == .text(Array("abcd".utf8)))
    }

    @Test("every truncation is an error or fewer records, never a crash")
    func truncations() {
        let whole = message(2, mx + mx)
        for length in 0..<whole.count { #expect(throws: DNSError.malformedAnswer) { try DNSMessage(Array(whole.prefix(length))) } }
    }

    @Test("pointers that lead in circles or forward are refused")
    func loops() {
        let selfPointer: [UInt8] = [0xC0, 0x1E, 0, 15, 0, 1, 0, 0, 0, 60, 0, 4, 0, 10, 0xC0, 0x1E]
        #expect(throws: DNSError.malformedAnswer) { try DNSMessage(message(1, selfPointer)) }
        let forward: [UInt8] = [0xC0, 0xFF, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4]
        #expect(throws: DNSError.malformedAnswer) { try DNSMessage(message(1, forward)) }
    }

    @Test("noise is never more than an error")
    func noise() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var bytes = message(2, mx + mx)
            for _ in 0..<4 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            if let parsed = try? DNSMessage(bytes) { #expect(parsed.answers.count <= 2) }
        }
    }

    @Test("services come by priority, and by weight in the long run")
    func order() {
        let records = [
            SRVRecord(priority: 20, weight: 0, port: 1, target: "last"), SRVRecord(priority: 10, weight: 90, port: 1, target: "heavy"),
            SRVRecord(priority: 10, weight: 10, port: 1, target: "light"),
        ]
        var random = SystemRandomNumberGenerator()
        var heavyFirst = 0
        for _ in 0..<1000 {
            let ordered = DNSResolver.ordered(records, using: &random)
            #expect(ordered.last?.target == "last")
            if ordered.first?.target == "heavy" { heavyFirst += 1 }
        }
        #expect((800...970).contains(heavyFirst))
    }
}
