/// What an account proves itself with.
public enum Credentials: Sendable, Equatable {
    /// A login name and its password.
    case password(login: String, password: Secret)
    /// A login name and an OAuth 2.0 access token (RFC 6750).
    case bearer(login: String, token: Secret)
    /// The client certificate of the TLS session; an empty login lets the server derive it (RFC 4422, appendix A).
    case external(login: String)

    /// The name the server knows the account by.
    public var login: String {
        switch self {
        case .password(let login, _), .bearer(let login, _), .external(let login): login
        }
    }
}
