import PostroomCore
import Testing

@Suite("Points in time")
struct TimestampTests {
    @Test(
        "RFC 3339 both ways",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-23T15:26:00Z", 1_795_447_560), ("2000-02-29T23:59:59Z", 951_868_799),
            ("1969-12-31T23:59:59Z", -1), ("2100-03-01T00:00:00Z", 4_107_542_400),
        ])
    func both(_ text: String, _ seconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.seconds == seconds)
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test("offsets and fractions")
    func offsets() {
        #expect(Timestamp(rfc3339: "2026-11-23T18:26:00+03:00") == Timestamp(rfc3339: "2026-11-23T15:26:00Z"))
        #expect(Timestamp(rfc3339: "2026-11-23T15:26:00.250Z")?.milliseconds == 1_795_447_560_250)
    }

    @Test(
        "no dates",
        arguments: [
            "", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T15:26:00",
            "2026-11-23T15:26:00Zx",
            "2026-11-23T15:26:00.Z",
        ])
    func refused(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
