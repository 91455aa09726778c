import MailProtocol
import Testing

@testable import PostroomCore

@Suite struct OAuthTests {
    /// RFC 7636 appendix B.
    @Test func challengeOfTheRFC() {
        #expect(OAuthRandom.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(OAuthRandom.text().utf8.count == 43 && OAuthRandom.text() != OAuthRandom.text())
    }

    @Test(arguments: [
        (0.0, 900), (1.0, 750), (0.5, 825),
    ]) func renewedAheadOfTheEnd(random: Double, after seconds: Int64) {
        let start = Timestamp(seconds: 1_000)
        #expect(
            RefreshPlan.next(issuedAt: start, expiresAt: start.adding(seconds: 1_000), random: random) == start.adding(seconds: seconds))
    }

    @Test func shownOnlyWhileGood() {
        let start = Timestamp(seconds: 1_000)
        let end = start.adding(seconds: 3_600)
        #expect(RefreshPlan.isGood(issuedAt: start, expiresAt: end, at: start))
        #expect(!RefreshPlan.isGood(issuedAt: start, expiresAt: end, at: end.adding(seconds: -59)))
        // A token of five seconds is not thrown away for having less than a minute.
        #expect(RefreshPlan.isGood(issuedAt: start, expiresAt: start.adding(seconds: 5), at: start.adding(seconds: 4)))
    }

    @Test func retriesDoubleAndHeedTheServer() {
        let now = Timestamp(seconds: 0)
        func wait(_ failures: Int, _ asked: Int? = nil) -> Int64 {
            RefreshPlan.retry(failures: failures, retryAfter: asked, now: now, random: 0.5).milliseconds
        }
        #expect([1, 2, 3, 9, 90].map { wait($0) } == [5_000, 10_000, 20_000, 900_000, 900_000])
        #expect(wait(1, 120) == 120_000)
    }

    @Test(arguments: [
        ("invalid_grant", "Token has been expired or revoked.", DiagnosisCause.tokenRevoked),
        ("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.", .tokenExpired),
        ("invalid_grant", "AADSTS65001: The user has not consented", .consentMissing),
        ("invalid_client", "AADSTS7000222: The provided client secret keys are expired.", .clientRefused),
        ("unauthorized_client", "AADSTS700016: Application was not found in the directory", .wrongTenant),
        ("access_denied", "", .consentMissing), ("expired_token", "", .tokenExpired), ("unsupported_grant_type", "", .clientRefused),
    ]) func refusalsInTheServicesWords(code: String, words: String, cause: DiagnosisCause) {
        let failure = OAuthFailure.refused(code: code, description: words)
        #expect(failure.diagnosis(login: "a@b", host: "login.example").cause == cause)
    }

    @Test func aTestModeApplicationIsKnownByItsSevenDays() {
        let failure = OAuthFailure.refused(code: "invalid_grant", description: "Token has been expired or revoked.")
        func cause(_ age: Int64) -> DiagnosisCause { failure.diagnosis(login: "", host: "oauth2.googleapis.com", age: age).cause }
        #expect(cause(7 * 86_400 + 60) == .testModeApplication)
        #expect(cause(3 * 86_400) == .tokenRevoked)
    }

    @Test func onlySomeRefusalsAreFinal() {
        let final = ["invalid_grant", "interaction_required", "consent_required", "login_required", "access_denied", "expired_token"]
        for code in final { #expect(OAuthFailure.refused(code: code, description: "").needsPerson) }
        for code in ["invalid_client", "invalid_request", "unsupported_grant_type"] {
            #expect(!OAuthFailure.refused(code: code, description: "").needsPerson)
        }
        #expect(!OAuthFailure.unavailable(reason: "", retryAfter: nil).needsPerson)
    }

    @Test func whereMetadataLies() {
        #expect(
            OAuthMetadata.documents(of: "https://as.example/tenant/1") == [
                "https://as.example/tenant/1/.well-known/openid-configuration",
                "https://as.example/.well-known/oauth-authorization-server/tenant/1",
                "https://as.example/.well-known/openid-configuration/tenant/1",
            ])
        #expect(OAuthMetadata.documents(of: "https://as.example").first == "https://as.example/.well-known/openid-configuration")
    }

    @Test func metadataOfAnotherIssuerIsRefused() throws {
        let document = """
            {"issuer": "https://as.example", "authorization_endpoint": "https://as.example/a", "token_endpoint": "https://as.example/t",
             "revocation_endpoint": "javascript:alert(1)", "scopes_supported": ["openid", "https://mail/IMAP.AccessAsUser.All", "calendar"]}
            """
        let read = try OAuthMetadata.read(Array(document.utf8), issuer: "https://as.example/")
        #expect(read.revocationURL == nil && read.clientAuthentication == .basic && read.sendsIssuer == nil)
        #expect(read.scopes == ["openid", "https://mail/IMAP.AccessAsUser.All"])
        #expect(throws: (any Error).self) { try OAuthMetadata.read(Array(document.utf8), issuer: "https://evil.example") }
    }

    @Test func claimsOfAnIDToken() throws {
        func token(_ payload: String) -> String { "e30." + OAuthRandom.base64url(Array(payload.utf8)) + ".c2ln" }
        let claims = try #require(IdentityClaims(idToken: token(#"{"iss":"i","aud":"c","email":"A@b.org","email_verified":true}"#)))
        #expect(claims.email == "A@b.org" && claims.audience == ["c"])
        #expect(try #require(IdentityClaims(idToken: token(#"{"email":"a@b.org","email_verified":false}"#))).email == nil)
        #expect(try #require(IdentityClaims(idToken: token(#"{"preferred_username":"a@b.org"}"#))).email == "a@b.org")
        for junk in ["", "a.b", "a.*.c", "a.bm8.c"] { #expect(IdentityClaims(idToken: junk) == nil) }
        #expect(IdentityClaims.isSame("Anna@Gmail.com", "anna@googlemail.com") && !IdentityClaims.isSame("a@b", "b@a"))
    }

    @Test func addressesThatMayBeAsked() {
        for good in ["https://a.b/c?d=e", "http://127.0.0.1:8/x", "http://localhost/x"] { #expect(OAuthAddress.isWebAddress(good)) }
        for bad in ["http://a.b", "https://", "ftp://a.b", "https://u@a.b", "https://a.b/#x", "http://127.0.0.1.evil.test/", "https://a b"]
        {
            #expect(!OAuthAddress.isWebAddress(bad), "\(bad)")
        }
        #expect(OAuthAddress.adding([("a", "b c")], to: "https://x/y?p=q") == "https://x/y?p=q&a=b%20c")
        #expect(OAuthAddress.adding([("a", "&")], to: "https://x/y") == "https://x/y?a=%26")
    }

    @Test func everyKnownServiceIsWhole() {
        for service in OAuthService.all {
            let settings = service.settings()
            #expect(OAuthAddress.isWebAddress(settings.authorizeURL) && OAuthAddress.isWebAddress(settings.tokenURL), "\(service.name)")
            #expect(!settings.tokenURL.contains("{") && service.registrationURL.hasPrefix("https://"), "\(service.name)")
            #expect(OAuthService.named(service.name) == service)
        }
        #expect(OAuthService.microsoft.settings(tenant: "contoso.com").issuer == "https://login.microsoftonline.com/contoso.com/v2.0")
        #expect(OAuthService.microsoft.settings().issuer == nil)
        #expect(OAuthService.serving(host: "IMAP.gmail.com")?.name == "google")
    }

    @Test func tokensAreSealedForTheirAccount() throws {
        let vault = try AESVault.open(masterKey: [UInt8](repeating: 7, count: 32), wrapped: nil).vault
        for refresh in [Secret("rt"), nil] {
            let tokens = GrantTokens(access: Secret("at"), refresh: refresh)
            let sealed = try tokens.sealed(by: vault, for: AccountID(1))
            #expect(try GrantTokens(opening: sealed, with: vault, for: AccountID(1)) == tokens)
            #expect(throws: VaultError.self) { try GrantTokens(opening: sealed, with: vault, for: AccountID(2)) }
        }
    }
}
