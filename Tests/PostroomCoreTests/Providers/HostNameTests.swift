import MailProtocol
import PostroomCore
import Testing

@Suite("What people type for servers")
struct HostNameTests {
    @Test(
        "taken, in canonical spelling",
        arguments: [
            (" IMAP.Example.org ", "imap.example.org"), ("mail.bücher.example", "mail.bücher.example"), ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"), ("localhost", "localhost"), ("imap_1.example.org", "imap_1.example.org"),
        ])
    func taken(_ typed: String, _ host: String) throws {
        #expect(try HostName.check(typed, field: "imap.host").get() == host)
    }

    @Test(
        "refused with a reason",
        arguments: [
            ("", ProblemCode.required), ("imap@domain.com", .hostLooksLikeAddress), ("imap..example.org", .invalidHost),
            ("https://imap.example.org", .invalidHost), ("-a.example.org", .invalidHost),
            (String(repeating: "a", count: 64) + ".org", .invalidHost),
            ("a/b", .invalidHost), ("not a host", .invalidHost),
        ])
    func refused(_ typed: String, _ code: ProblemCode) {
        guard case .failure(let problem) = HostName.check(typed, field: "imap.host") else {
            Issue.record("\(typed) was taken")
            return
        }
        #expect(problem.code == code)
        #expect(problem.field == "imap.host")
    }

    @Test("the misprint imap@domain.com is answered with imap.domain.com")
    func suggestion() {
        guard case .failure(let problem) = HostName.check("imap@Domain.com", field: "imap.host") else {
            Issue.record("taken")
            return
        }
        #expect(problem.members["suggestion"] == "imap.domain.com")
        #expect(problem.phrase(in: .russian).fix.contains("imap.domain.com"))
        #expect(problem.phrase(in: .english).fix.contains("imap.domain.com"))
    }

    @Test(
        "ports: 455 is explained as a misprint of 465",
        arguments: [
            (993, nil), (1, nil), (65_535, nil), (0, ProblemCode.invalidPort), (65_536, .invalidPort), (-1, .invalidPort), (455, .port455),
        ] as [(Int, ProblemCode?)])
    func ports(_ port: Int, _ code: ProblemCode?) {
        let problem = HostName.checkPort(port, field: "smtp.port")
        #expect(problem?.code == code)
        if code == .port455 { #expect(problem?.members["suggestion"] == "465") }
    }

    @Test("all problems of a provider come at once, each with its field")
    func allAtOnce() {
        let settings = ProviderSettings(
            name: "", imap: ServerEndpoint(host: "imap@a.org", port: 0, security: .tls),
            smtp: ServerEndpoint(host: "", port: 455, security: .tls), authentication: .oauth2)
        do {
            _ = try ProviderService.check(settings, hasClientSecret: false, domains: ["not a domain!"])
            Issue.record("taken")
        } catch {
            let fields = ((error as? Problems)?.list ?? []).compactMap(\.field)
            #expect(
                Set(fields) == [
                    "imap.host", "imap.port", "smtp.host", "smtp.port", "oauth.clientId", "oauth.clientSecret", "oauth.authorizeUrl",
                    "oauth.tokenUrl", "domains",
                ])
        }
    }

    @Test(
        "addresses and the logins made of them",
        arguments: [
            ("anna@example.org", LoginFormat.email, "anna@example.org"), ("anna@Example.ORG", .mailboxName, "anna"),
            ("  a.b+c@example.org ", .email, "a.b+c@example.org"), ("anna@example.org", .manual, nil),
        ] as [(String, LoginFormat, String?)])
    func logins(_ typed: String, _ format: LoginFormat, _ login: String?) throws {
        #expect(try EmailAddress(typed).login(format) == login)
    }

    @Test("no addresses", arguments: ["anna", "@example.org", "anna@", "anna@@", "an na@example.org", "<anna@example.org>", "a@b@"])
    func noAddresses(_ typed: String) {
        #expect(throws: Problem.self) { try EmailAddress(typed) }
    }
}
