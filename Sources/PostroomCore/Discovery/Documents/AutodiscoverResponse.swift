/// The answer of Microsoft's Autodiscover in its plain form, POX ([MS-OXDSCLI] section 2.2.4), as far as it is about IMAP and SMTP.
public struct AutodiscoverResponse: Sendable, Equatable {
    public struct Server: Sendable, Equatable {
        /// `IMAP`, `SMTP`, `POP3`, `EXCH`, ...
        public var type: String
        public var host: String
        public var port: Int?
        /// `<SSL>` and `<Encryption>`: TLS from the start, STARTTLS, none; nil where neither is said.
        public var security: Security?
        public var login: String?
        /// `<SPA>`: Microsoft's own sign-in, which we do not speak.
        public var wantsSPA: Bool
        public var isAuthRequired: Bool

        public enum Security: Sendable, Equatable { case tls, startTLS, none }
    }

    public var displayName: String?
    public var servers: [Server]
    /// Ask again with this address, or at this URL; never followed without the address policy.
    public var redirectAddress: String?
    public var redirectURL: String?

    public enum Failure: Error, Sendable, Equatable {
        case xml(ConfigElement.Failure)
        case notThisDocument(root: String)
        /// The server's own error, by its code and words.
        case refused(code: String, message: String)
    }

    public init(_ bytes: [UInt8]) throws(Failure) {
        let root: ConfigElement
        do {
            root = try ConfigElement.parse(bytes)
        } catch {
            throw .xml(error)
        }
        guard root.name == "Autodiscover" else { throw .notThisDocument(root: String(root.name.prefix(100))) }
        let response = root.first("Response")
        if let error = response?.first("Error") ?? root.first("Error") {
            throw .refused(
                code: String((error.text("ErrorCode") ?? "").prefix(40)), message: String((error.text("Message") ?? "").prefix(200)))
        }
        guard let account = response?.first("Account") else { throw .notThisDocument(root: root.name) }
        displayName = response?.first("User")?.text("DisplayName")
        redirectAddress = account.text("RedirectAddr")
        redirectURL = account.text("RedirectUrl") ?? account.text("RedirectURL")
        servers = account.all("Protocol").compactMap(Server.init)
    }

    /// The body of the question ([MS-OXDSCLI] section 3.1.5.1).
    public static func request(for address: EmailAddress) -> String {
        let escaped = address.text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return """
            <?xml version="1.0" encoding="utf-8"?>
            <Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006">
            <Request><EMailAddress>\(escaped)</EMailAddress>
            <AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>
            </Request></Autodiscover>
            """
    }
}

extension AutodiscoverResponse.Server {
    init?(_ element: ConfigElement) {
        guard let type = element.text("Type") ?? element.attributes["Type"], let host = element.text("Server"), !host.isEmpty else {
            return nil
        }
        self.type = type.uppercased()
        self.host = host
        port = element.text("Port").flatMap { Int($0) }
        login = element.text("LoginName").flatMap { $0.isEmpty ? nil : $0 }
        wantsSPA = Self.isOn(element.text("SPA")) ?? false
        isAuthRequired = Self.isOn(element.text("AuthRequired")) ?? true
        switch element.text("Encryption")?.uppercased() {
        case "SSL": security = .tls
        case "TLS": security = .startTLS
        case "NONE": security = AutodiscoverResponse.Server.Security.none
        default:
            switch Self.isOn(element.text("SSL")) {
            // "SSL on" with a port for STARTTLS is how many servers write STARTTLS.
            case true?: security = [143, 587, 25].contains(port ?? 0) ? .startTLS : .tls
            case false?: security = AutodiscoverResponse.Server.Security.none
            case nil: security = nil
            }
        }
    }

    private static func isOn(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "on", "true", "1": true
        case "off", "false", "0": false
        default: nil
        }
    }
}
