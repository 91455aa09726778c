import MailProtocol

extension ProviderService {
    /// The settings in canonical spelling, or every problem that they have.
    public static func check(
        _ settings: ProviderSettings, hasClientSecret: Bool, domains: [String]
    ) throws -> (settings: ProviderSettings, domains: [String]) {
        var checked = settings
        var problems: [Problem] = []
        func take<Value>(_ result: Result<Value, Problem>, _ set: (Value) -> Void) {
            switch result {
            case .success(let value): set(value)
            case .failure(let problem): problems.append(problem)
            }
        }
        take(HostName.check(settings.imap.host, field: "imap.host")) { checked.imap.host = $0 }
        take(HostName.check(settings.smtp.host, field: "smtp.host")) { checked.smtp.host = $0 }
        problems += [
            HostName.checkPort(settings.imap.port, field: "imap.port"), HostName.checkPort(settings.smtp.port, field: "smtp.port"),
        ].compactMap { $0 }
        checked.name = settings.name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if checked.name.isEmpty { checked.name = defaultName(imapHost: checked.imap.host) }
        if settings.authentication == .oauth2 {
            checked.oauth = completed(settings.oauth, imapHost: checked.imap.host)
            problems += checkOAuth(checked.oauth, hasClientSecret: hasClientSecret)
        } else {
            checked.oauth = nil
        }
        var checkedDomains: [String] = []
        for domain in domains { take(HostName.checkDomain(domain, field: "domains")) { checkedDomains.append($0) } }
        try Problems.raise(problems)
        return (checked, checkedDomains)
    }

    /// `imap.example.org` -> `example.org`.
    static func defaultName(imapHost: String) -> String {
        let labels = imapHost.split(separator: ".")
        guard labels.count > 2, ["imap", "mail", "imaps", "mx", "pop"].contains(labels[0]) else { return imapHost }
        return labels.dropFirst().joined(separator: ".")
    }

    /// Addresses of known services are filled in by the IMAP server's name; what is typed stays.
    static func completed(_ oauth: OAuthSettings?, imapHost: String) -> OAuthSettings? {
        guard var oauth, let known = OAuthService.serving(host: imapHost)?.settings() else { return oauth }
        guard oauth.authorizeURL.isEmpty, oauth.tokenURL.isEmpty else { return oauth }
        let (typed, filled) = (oauth, known)
        oauth = filled
        oauth.clientID = typed.clientID
        oauth.isPublic = typed.isPublic
        if !typed.scopes.isEmpty { oauth.scopes = typed.scopes }
        return oauth
    }

    private static func checkOAuth(_ oauth: OAuthSettings?, hasClientSecret: Bool) -> [Problem] {
        func missing(_ field: String) -> Problem { Problem(.required, field: field, details: ["field": field]) }
        var problems: [Problem] = []
        if oauth?.clientID.isEmpty != false { problems.append(missing("oauth.clientId")) }
        if !hasClientSecret, oauth?.isPublic != true { problems.append(missing("oauth.clientSecret")) }
        for (value, field) in [(oauth?.authorizeURL, "oauth.authorizeUrl"), (oauth?.tokenURL, "oauth.tokenUrl")]
        where value?.isEmpty != false {
            problems.append(missing(field))
        }
        let addresses = [
            (oauth?.authorizeURL, "oauth.authorizeUrl"), (oauth?.tokenURL, "oauth.tokenUrl"), (oauth?.revocationURL, "oauth.revocationUrl"),
            (oauth?.deviceURL, "oauth.deviceUrl"), (oauth?.userinfoURL, "oauth.userinfoUrl"), (oauth?.issuer, "oauth.issuer"),
        ]
        for (value, field) in addresses {
            guard let value, !value.isEmpty, !OAuthAddress.isWebAddress(value) else { continue }
            problems.append(Problem(.invalidValue, field: field, details: ["field": field, "value": value, "allowed": "https://…"]))
        }
        return problems
    }
}
