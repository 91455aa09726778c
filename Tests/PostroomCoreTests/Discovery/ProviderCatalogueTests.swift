import Foundation
import MailProtocol
import Testing

@testable import PostroomCore

@Suite("The catalogue of providers")
struct ProviderCatalogueTests {
    static let files: [URL] =
        ((try? FileManager.default.contentsOfDirectory(at: ProviderCatalogue.folder, includingPropertiesForKeys: nil)) ?? [])
        .sorted { $0.path < $1.path }

    @Test("each file is an entry that holds together", arguments: files)
    func entry(_ file: URL) throws {
        let entry = try JSONDecoder().decode(CatalogueEntry.self, from: Data(contentsOf: file))
        #expect(file.lastPathComponent == entry.id + ".json")
        #expect(!entry.name.isEmpty)
        #expect(entry.website.hasPrefix("https://"))
        #expect(!entry.domains.isEmpty)
        for domain in entry.domains + entry.mx {
            #expect((try? HostName.checkDomain(domain).get()) == domain, "\(domain)")
            #expect(domain.utf8.allSatisfy { $0 < 0x80 })
        }
        #expect(!entry.imap.isEmpty && !entry.smtp.isEmpty)
        for endpoint in entry.imap + entry.smtp {
            #expect((try? HostName.check(endpoint.host, field: "host").get()) == endpoint.host, "\(endpoint)")
            #expect(HostName.checkPort(endpoint.port, field: "port") == nil)
            #expect(endpoint.security != .none)
            if [993, 465].contains(endpoint.port) { #expect(endpoint.security == .tls) }
            if [143, 25].contains(endpoint.port) { #expect(endpoint.security == .startTLS) }
        }
        #expect(!entry.authentication.isEmpty && !entry.mechanisms.isEmpty)
        #expect(entry.authentication.contains(.oauth2) == (entry.oauth != nil))
        for url in [entry.oauth?.authorizeUrl, entry.oauth?.tokenUrl, entry.oauth?.issuer, entry.appPassword?.url].compactMap({ $0 }) {
            #expect(url.hasPrefix("https://"), "\(url)")
        }
        #expect(entry.oauth?.scopes.isEmpty != true)
        if entry.status == .preparation || entry.appPassword?.required == true { #expect(entry.hint != nil) }
        if let hint = entry.hint { for language in Language.allCases { #expect(hint[language.rawValue]?.isEmpty == false) } }
        let month = try #require(entry.checked.wholeMatch(of: /20[0-9]{2}-(0[1-9]|1[0-2])/))
        #expect(!month.output.0.isEmpty)
        _ = try #require(entry.settings())
    }

    @Test func noDomainAndNoExchangerStandsTwice() {
        let catalogue = ProviderCatalogue.builtIn
        #expect(catalogue.entries.count == Self.files.count)
        #expect(catalogue.entries.count >= 120)
        for names in [catalogue.entries.flatMap(\.domains), catalogue.entries.flatMap(\.mx)] {
            let twice = Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys
            #expect(twice.isEmpty, "\(twice)")
        }
    }

    @Test(
        "the large services are there",
        arguments: [
            ("gmail.com", "imap.gmail.com"), ("googlemail.com", "imap.gmail.com"), ("outlook.com", "outlook.office365.com"),
            ("hotmail.com", "outlook.office365.com"), ("yahoo.com", "imap.mail.yahoo.com"), ("icloud.com", "imap.mail.me.com"),
            ("yandex.ru", "imap.yandex.ru"), ("ya.ru", "imap.yandex.ru"), ("mail.ru", "imap.mail.ru"), ("bk.ru", "imap.mail.ru"),
            ("list.ru", "imap.mail.ru"), ("inbox.ru", "imap.mail.ru"), ("rambler.ru", "imap.rambler.ru"),
            ("fastmail.com", "imap.fastmail.com"),
            ("gmx.de", "imap.gmx.net"), ("gmx.com", "imap.gmx.com"), ("web.de", "imap.web.de"), ("zoho.com", "imap.zoho.com"),
            ("proton.me", "127.0.0.1"), ("qq.com", "imap.qq.com"), ("163.com", "imap.163.com"), ("t-online.de", "secureimap.t-online.de"),
            ("aol.com", "imap.aol.com"), ("mailbox.org", "imap.mailbox.org"), ("posteo.de", "posteo.de"),
        ])
    func isThere(_ domain: String, _ host: String) { #expect(ProviderCatalogue.builtIn.entry(forDomain: domain)?.imap.first?.host == host) }

    @Test func exchangersLeadToTheirService() {
        let catalogue = ProviderCatalogue.builtIn
        #expect(catalogue.entry(forExchanger: "aspmx.l.google.com")?.id == "gmail")
        #expect(catalogue.entry(forExchanger: "MX.Yandex.net.")?.id == "yandex")
        #expect(catalogue.entry(forExchanger: "contoso-com.mail.protection.outlook.com")?.id == "microsoft365")
        #expect(catalogue.entry(forExchanger: "in1-smtp.messagingengine.com")?.id == "fastmail")
        #expect(catalogue.entry(forExchanger: "notgoogle.com") == nil)
        #expect(catalogue.entry(forExchanger: "") == nil)
    }

    @Test func aHitTakesLessThanFiveMilliseconds() {
        let catalogue = ProviderCatalogue.builtIn
        let began = ContinuousClock.now
        for _ in 0..<100 { _ = catalogue.entry(forDomain: "gmail.com") }
        #expect((ContinuousClock.now - began) / 100 < .milliseconds(5))
    }
}
