@testable import MailTransport
import MailProtocol
import Testing

@Suite("HTTP within bounds")
struct HTTPTests {
    private static func parse(_ text: String, limit: Int = 100, atOnce: Bool = true) throws -> HTTPResponseParser {
        var parser = HTTPResponseParser(bodyLimit: limit)
        if atOnce {
            try parser.append(Array(text.utf8))
        } else {
            for byte in text.utf8 { try parser.append([byte]) }
        }
        return parser
    }

    @Test(
        "responses, whole and byte by byte",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
            ("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n", 200, "hello"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, ""),
            ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""), ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok"),
        ])
    func responses(_ text: String, _ status: Int, _ body: String) throws {
        for atOnce in [true, false] {
            let parser = try Self.parse(text, atOnce: atOnce)
            #expect(parser.isDone)
            #expect(parser.status == status)
            #expect(String(decoding: parser.body, as: UTF8.self) == body)
        }
    }

    @Test("a body without length ends with the connection")
    func untilClose() throws {
        var parser = try Self.parse("HTTP/1.1 200 OK\r\n\r\npartial")
        #expect(!parser.isDone)
        try parser.finish()
        #expect(parser.isDone && parser.body == Array("partial".utf8))
        var cut = try Self.parse("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npartial")
        #expect(throws: HTTPResponseParser.Failure.malformed) { try cut.finish() }
    }

    @Test(
        "refused",
        arguments: [
            ("SSH-2.0-OpenSSH\r\n\r\n", HTTPResponseParser.Failure.malformed), ("HTTP/1.1 abc\r\n\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", .limitExceeded("body")),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", .malformed),
            ("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 101), .limitExceeded("body")),
            ("HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 40000), .limitExceeded("headers")),
        ])
    func refused(_ text: String, _ failure: HTTPResponseParser.Failure) { #expect(throws: failure) { try Self.parse(text) } }

    @Test(
        "addresses",
        arguments: [
            ("https://example.test", "https://example.test/"), ("HTTPS://Example.test:443/a?b#c", "https://example.test/a?b"),
            ("http://[::1]:8080/x", "http://[::1]:8080/x"), ("https://example.test?x", "https://example.test/?x"),
        ])
    func addresses(_ text: String, _ expected: String) { #expect(HTTPLocation(text)?.text == expected) }

    @Test(
        "no addresses",
        arguments: [
            "ftp://x/", "https://", "https://user:pw@x/", "https://x:0/", "https://x:99999/", "https://x y/", "https://x/\r\nHost: y",
            "file:///etc/passwd", "https://a\\@b/",
        ])
    func noAddresses(_ text: String) { #expect(HTTPLocation(text) == nil) }

    @Test("where a redirect leads")
    func redirects() throws {
        let here = try #require(HTTPLocation("https://example.test/a/b?c"))
        #expect(here.resolving("/x")?.text == "https://example.test/x")
        #expect(here.resolving("x")?.text == "https://example.test/a/x")
        #expect(here.resolving("//other.test/y")?.text == "https://other.test/y")
        #expect(here.resolving("http://other.test/")?.isSecure == false)
        #expect(here.resolving("javascript://x") == nil)
    }

    @Test("a form is encoded so that no value ends early, and its bytes stay secret")
    func form() {
        let request = HTTPRequest.form(url: "https://x/", fields: [("a b", Secret("c&d=é")), ("e", Secret(""))])
        #expect(request.body?.reveal() == "a%20b=c%26d%3D%C3%A9&e=")
        #expect(!"\(request)".contains("c%26d"))
    }

    @Test("a question and its answer over a real socket; redirects are counted, plain http only where allowed")
    func exchange() async throws {
        try await ScriptedServer.run { peer in
            let request = try await peer.line()
            while try await !peer.line().isEmpty {}
            if request.contains("/loop") {
                try await peer.say("HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n")
            } else if request.contains("/away") {
                try await peer.say("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n")
            } else {
                try await peer.say("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 3\r\n\r\n<x>")
            }
            await peer.untilGone()
        } body: { server in
            let base = "http://127.0.0.1:\(server.port)"
            let fetcher = HTTPFetcher(options: .loopback(), allowsPlainHTTP: true)
            let answer = try await fetcher.fetch(HTTPRequest(url: base + "/doc"))
            #expect(answer.status == 200 && answer.headers["content-type"] == "text/xml" && answer.body == Array("<x>".utf8))
            await #expect(throws: HTTPError.tooManyRedirects) { try await fetcher.fetch(HTTPRequest(url: base + "/loop")) }
            await #expect {
                _ = try await fetcher.fetch(HTTPRequest(url: base + "/away"))
            } throws: {
                ($0 as? HTTPError)?.code == "address-not-allowed"
            }
            await #expect(throws: HTTPError.insecureURL(base + "/doc")) {
                try await HTTPFetcher(options: .loopback()).fetch(HTTPRequest(url: base + "/doc"))
            }
        }
    }

    @Test("a server that never finishes is left in time")
    func slow() async throws {
        try await ScriptedServer.run { peer in
            try await peer.say("HTTP/1.1 200 OK\r\n")
            while true {
                try await peer.say("X: y\r\n")
                try await Task.sleep(for: .milliseconds(20))
            }
        } body: { server in
            var limits = HTTPFetcher.Limits()
            limits.time = .milliseconds(300)
            let fetcher = HTTPFetcher(options: .loopback(), limits: limits, allowsPlainHTTP: true)
            await #expect {
                _ = try await fetcher.fetch(HTTPRequest(url: "http://127.0.0.1:\(server.port)/"))
            } throws: {
                ($0 as? HTTPError)?.code == "timed-out-transfer"
            }
        }
    }

    @Test("a token server's description over TLS, and the causes of a bad one", .enabled(if: MailBed.shared?.ports["oauths"] != nil))
    func realServer() async throws {
        let bed = try #require(MailBed.shared)
        var options = bed.options()
        options.resolver = .fixed(["127.0.0.1"])
        let address = "https://localhost:\(bed.port("oauths"))/.well-known/openid-configuration"
        let answer = try await HTTPFetcher(options: options).fetch(HTTPRequest(url: address))
        #expect(answer.status == 200)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("token_endpoint"))
        options.trust = TrustStore(usesSystemRoots: false)
        let mistrusting = HTTPFetcher(options: options)
        await #expect {
            _ = try await mistrusting.fetch(HTTPRequest(url: address))
        } throws: {
            ($0 as? HTTPError)?.code == "certificate-unknown-issuer"
        }
    }
}
