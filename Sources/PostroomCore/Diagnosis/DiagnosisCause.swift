/// What is wrong. The raw values are the stable codes of the API.
public enum DiagnosisCause: String, Sendable, Codable, CaseIterable {
    // Finding and reaching the server.
    case unknownHost = "unknown-host"
    case addressNotAllowed = "address-not-allowed"
    case connectionRefused = "connection-refused"
    case timedOut = "timed-out"
    case networkUnreachable = "network-unreachable"
    case connectionLost = "connection-lost"

    // TLS.
    case plaintextOnTLSPort = "plaintext-on-tls-port"
    case tlsOnPlaintextPort = "tls-on-plaintext-port"
    case startTLSNotOffered = "starttls-not-offered"
    case startTLSInjection = "starttls-injection"
    case certificateExpired = "certificate-expired"
    case certificateNotYetValid = "certificate-not-yet-valid"
    case certificateSelfSigned = "certificate-self-signed"
    case certificateUnknownIssuer = "certificate-unknown-issuer"
    case certificateChainIncomplete = "certificate-chain-incomplete"
    case certificateNameMismatch = "certificate-name-mismatch"
    case tlsVersionTooOld = "tls-version-too-old"
    case tlsFailed = "tls-failed"

    // Talking.
    case notThisProtocol = "not-this-protocol"
    case protocolError = "protocol-error"
    case serverUnavailable = "server-unavailable"
    case tooManyConnections = "too-many-connections"
    case rateLimited = "rate-limited"
    case limitExceeded = "limit-exceeded"

    // Signing in.
    case loginDisabled = "login-disabled"
    case noCommonMechanism = "no-common-mechanism"
    case authenticationNotOffered = "authentication-not-offered"
    case wrongCredentials = "wrong-credentials"
    case wrongLoginFormat = "wrong-login-format"
    case appPasswordRequired = "app-password-required"
    case webSignInRequired = "web-sign-in-required"
    case basicAuthenticationDisabled = "basic-authentication-disabled"
    case accountLocked = "account-locked"
    case imapDisabled = "imap-disabled"

    // OAuth 2.0.
    case consentMissing = "consent-missing"
    case tokenExpired = "token-expired"
    case tokenRevoked = "token-revoked"
    case wrongTenant = "wrong-tenant"
    case wrongAccount = "wrong-account"
    case testModeApplication = "test-mode-application"
    case oauthServerUnavailable = "oauth-server-unavailable"
    case tokenRefused = "token-refused"
    case clientRefused = "oauth-client-refused"

    // The mailbox and its mail.
    case quotaExceeded = "quota-exceeded"
    case mailboxUnavailable = "mailbox-unavailable"
    case senderNotAllowed = "sender-not-allowed"
    case recipientRefused = "recipient-refused"
    case messageRefused = "message-refused"
    case messageTooLarge = "message-too-large"
    case outcomeUnknown = "outcome-unknown"
    case messageNotArrived = "message-not-arrived"
    case messagesQuarantined = "messages-quarantined"

    // Here.
    case diskFull = "disk-full"
    case storageQuotaReached = "storage-quota-reached"
    case internalError = "internal-error"
}
