/// Mozilla's `clientConfig` 1.1 (draft-ietf-mailmaint-autoconfig), as it was written: placeholders are not filled in here.
public struct ClientConfig: Sendable, Equatable {
    public struct Server: Sendable, Equatable {
        /// `imap`, `pop3`, `smtp`, `exchange`, ...; nil where the attribute is missing.
        public var type: String?
        /// Empty where the element is missing.
        public var hostname: String
        /// nil where it is missing or no number.
        public var port: Int?
        /// `SSL`, `STARTTLS`, `plain`; empty where it is missing.
        public var socketType: String
        /// With placeholders; nil where it is missing.
        public var username: String?
        /// In the order of preference.
        public var authentication: [String]
    }

    public struct OAuth: Sendable, Equatable {
        public var issuer: String?
        /// Separated by spaces.
        public var scope: String?
        public var authURL: String?
        public var tokenURL: String?
    }

    /// What a person must do at the service before mail programs are let in.
    public struct Preparation: Sendable, Equatable {
        public var url: String
        public var instruction: String
    }

    public var id: String?
    public var domains: [String]
    public var displayName: String?
    public var displayShortName: String?
    public var incoming: [Server]
    public var outgoing: [Server]
    public var oAuth2: OAuth?
    public var preparation: Preparation?

    public enum Failure: Error, Sendable, Equatable {
        case xml(ConfigElement.Failure)
        /// Well-formed, but no `clientConfig` with an `emailProvider`: often a web page.
        case notThisDocument(root: String)
    }

    public init(_ bytes: [UInt8]) throws(Failure) {
        let root: ConfigElement
        do {
            root = try ConfigElement.parse(bytes)
        } catch {
            throw .xml(error)
        }
        guard root.name == "clientConfig", let provider = root.first("emailProvider") else {
            throw .notThisDocument(root: String(root.name.prefix(100)))
        }
        id = provider.attributes["id"]
        domains = provider.all("domain").map(\.text)
        displayName = provider.text("displayName")
        displayShortName = provider.text("displayShortName")
        incoming = provider.all("incomingServer").map(Server.init)
        outgoing = provider.all("outgoingServer").map(Server.init)
        // Some place it inside the provider.
        oAuth2 = (root.first("oAuth2") ?? provider.first("oAuth2")).map(OAuth.init)
        preparation = (root.first("enable") ?? provider.first("enable")).map(Preparation.init)
    }
}

extension ClientConfig.Server {
    init(_ element: ConfigElement) {
        type = element.attributes["type"]
        hostname = element.text("hostname") ?? ""
        port = element.text("port").flatMap { Int($0) }
        socketType = element.text("socketType") ?? ""
        username = element.text("username")
        authentication = element.all("authentication").map(\.text)
    }
}

extension ClientConfig.OAuth {
    init(_ element: ConfigElement) {
        issuer = element.text("issuer")
        scope = element.text("scope")
        authURL = element.text("authURL")
        tokenURL = element.text("tokenURL")
    }
}

extension ClientConfig.Preparation {
    init(_ element: ConfigElement) {
        url = element.attributes["visiturl"] ?? ""
        instruction = element.text("instruction") ?? ""
    }
}
