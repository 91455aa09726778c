import Crypto
import Foundation
import MailProtocol
import Testing

@testable import PostroomCore

@Suite("Autodiscover, PACC and SRV")
struct OtherDocumentTests {
    private func autodiscover(_ protocols: String) -> [UInt8] {
        Array(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
            <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
            <User><DisplayName>Anna</DisplayName></User><Account><AccountType>email</AccountType><Action>settings</Action>\(protocols)</Account>
            </Response></Autodiscover>
            """.utf8)
    }

    @Test func autodiscoverNamesServers() throws {
        let answer = try AutodiscoverResponse(
            autodiscover(
                """
                <Protocol><Type>IMAP</Type><Server>imap.a.test</Server><Port>993</Port><LoginName>anna@a.test</LoginName><SPA>off</SPA><SSL>on</SSL>
                <AuthRequired>on</AuthRequired></Protocol>
                <Protocol><Type>SMTP</Type><Server>smtp.a.test</Server><Port>587</Port><SSL>on</SSL></Protocol>
                <Protocol><Type>SMTP</Type><Server>old.a.test</Server><Port>587</Port><Encryption>TLS</Encryption></Protocol>
                <Protocol><Type>POP3</Type><Server></Server></Protocol>
                """))
        #expect(answer.displayName == "Anna")
        #expect(answer.servers.map(\.host) == ["imap.a.test", "smtp.a.test", "old.a.test"])
        #expect(answer.servers.map(\.security) == [.tls, .startTLS, .startTLS])
        #expect(answer.servers.first?.login == "anna@a.test")
    }

    @Test func autodiscoverRedirectsAndErrors() throws {
        let redirect = try AutodiscoverResponse(autodiscover("<RedirectUrl>https://b.test/autodiscover.xml</RedirectUrl>"))
        #expect(redirect.redirectURL == "https://b.test/autodiscover.xml")
        let error = Array(
            "<Autodiscover><Response><Error><ErrorCode>600</ErrorCode><Message>Invalid Request</Message></Error></Response></Autodiscover>"
                .utf8)
        #expect(throws: AutodiscoverResponse.Failure.refused(code: "600", message: "Invalid Request")) { try AutodiscoverResponse(error) }
    }

    @Test func autodiscoverQuestionsAreEscaped() throws {
        #expect(AutodiscoverResponse.request(for: try EmailAddress("a&b@a.test")).contains("<EMailAddress>a&amp;b@a.test</EMailAddress>"))
    }

    private let pacc =
        #"{"protocols":{"imap":{"host":"imap.a.test"},"smtp":{"host":"smtp.a.test"},"jmap":{"url":"https://a.test/"}},"authentication":{"password":true,"oauth-public":{"issuer":"https://id.a.test/"}},"info":{"provider":{"name":"A Mail"},"help":{"documentation":"https://a.test/help"}}}"#

    @Test func paccNamesHosts() throws {
        let document = try PACCDocument(Array(pacc.utf8))
        #expect(document.imapHost == "imap.a.test")
        #expect(document.smtpHost == "smtp.a.test")
        #expect(document.oauthIssuer == "https://id.a.test/")
        #expect(document.allowsPassword)
        #expect(document.providerName == "A Mail")
    }

    @Test func paccIsBoundToItsDomainByDigest() {
        let bytes = Array(pacc.utf8)
        let digest = Data(SHA256.hash(data: bytes)).base64EncodedString()
        #expect(PACCDocument.isVouched(bytes, by: ["v=spf1 -all", "v=UAAC1; a=sha256; d=\(digest)"]))
        #expect(!PACCDocument.isVouched(bytes + [0x20], by: ["v=UAAC1; a=sha256; d=\(digest)"]))
        #expect(
            !PACCDocument.isVouched(bytes, by: ["v=UAAC1; a=sha1; d=\(digest)", "v=UAAC2; a=sha256; d=\(digest)", "v=UAAC1; a=sha256; d="]))
        #expect(!PACCDocument.isVouched(bytes, by: []))
    }

    @Test func paccRefusesWhatIsNotIt() {
        #expect(throws: PACCDocument.Failure.malformed) { try PACCDocument(Array("<html>".utf8)) }
        #expect(throws: PACCDocument.Failure.incomplete) { try PACCDocument(Array(#"{"protocols":{"imap":{"host":"a.test"}}}"#.utf8)) }
        #expect(throws: PACCDocument.Failure.tooLarge) { try PACCDocument([UInt8](repeating: 0x20, count: 100_000)) }
        #expect(throws: PACCDocument.Failure.malformed) { try PACCDocument([UInt8](repeating: UInt8(ascii: "["), count: 60_000)) }
    }

    private func record(_ priority: Int, _ target: String, port: Int) -> ServiceRecord {
        ServiceRecord(priority: priority, weight: 1, port: port, target: target)
    }

    @Test func implicitTLSComesBeforeSTARTTLSOnlyWherePrioritiesAreEqual() {
        let selection = ServiceSelection(
            imaps: ServiceAnswer([record(10, "b.a.test", port: 993)]),
            imap: ServiceAnswer([record(10, "c.a.test", port: 143), record(0, "A.a.test", port: 143)]),
            submissions: ServiceAnswer([]), submission: ServiceAnswer([record(0, "s.a.test", port: 587)]))
        #expect(
            selection.receiving == [
                ServerEndpoint(host: "a.a.test", port: 143, security: .startTLS),
                ServerEndpoint(host: "b.a.test", port: 993, security: .tls),
                ServerEndpoint(host: "c.a.test", port: 143, security: .startTLS),
            ])
        #expect(selection.sending == [ServerEndpoint(host: "s.a.test", port: 587, security: .startTLS)])
        #expect(!selection.isRefused)
    }

    @Test func aDotSaysThatAServiceIsNotOffered() {
        let none = ServiceAnswer([record(0, "", port: 0)])
        #expect(none == .notOffered)
        #expect(ServiceAnswer([]) == .silent)
        #expect(ServiceAnswer([record(0, "a.test", port: 0)]) == .silent)
        let half = ServiceSelection(
            imaps: none, imap: ServiceAnswer([record(0, "a.a.test", port: 143)]), submissions: .silent,
            submission: ServiceAnswer([record(0, "a.a.test", port: 587)]))
        #expect(!half.isRefused)
        #expect(ServiceSelection(imaps: none, imap: none, submissions: .silent, submission: .silent).isRefused)
        #expect(ServiceSelection(imaps: .silent, imap: .silent, submissions: .silent, submission: .silent).isSilent)
    }

    @Test func targetsElsewhereAreNamedSo() {
        #expect(ServiceSelection.isOutside("mail.b.test", of: "a.test"))
        #expect(ServiceSelection.isOutside("xa.test", of: "a.test"))
        #expect(!ServiceSelection.isOutside("imap.A.test", of: "a.test"))
    }
}
