import Testing

@testable import PostroomCore

@Suite("What an account's failure is called")
struct FailureDiagnosisTests {
    private struct Fault: Error {}

    @Test func diskFull() {
        let diagnosis = AccountLife.diagnosis(of: StoreError.diskFull)
        #expect(diagnosis.cause == .diskFull)
        #expect(diagnosis.actor == .postroomAdministrator)
    }

    @Test func unknown() {
        let diagnosis = AccountLife.diagnosis(of: Fault())
        #expect(diagnosis.cause == .internalError)
        #expect(diagnosis.phrase(in: .english).detail.contains("Fault"))
    }
}
