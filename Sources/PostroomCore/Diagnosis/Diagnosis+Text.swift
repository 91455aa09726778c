extension Diagnosis {
    /// What happened, why and what to do, for a person.
    public func phrase(in language: Language) -> Phrase {
        let catalogue = language.catalogue
        var values = details
        values["server"] = catalogue.sides[side] ?? side.rawValue
        values["text"] = serverText
        return (catalogue.causes[cause] ?? Phrase(cause.rawValue)).filled(with: values)
    }

    /// Who must act.
    public var actor: DiagnosisActor {
        switch cause {
        case .timedOut, .networkUnreachable, .connectionLost, .serverUnavailable, .tooManyConnections, .rateLimited,
            .oauthServerUnavailable:
            .nobody
        case .unknownHost, .connectionRefused, .plaintextOnTLSPort, .tlsOnPlaintextPort, .startTLSNotOffered, .certificateNameMismatch,
            .notThisProtocol, .wrongCredentials, .wrongLoginFormat, .appPasswordRequired, .webSignInRequired, .consentMissing,
            .tokenExpired, .tokenRevoked, .tokenRefused, .wrongAccount, .recipientRefused, .messageRefused, .messageTooLarge,
            .outcomeUnknown,
            .quotaExceeded, .senderNotAllowed:
            .you
        case .startTLSInjection, .certificateExpired, .certificateNotYetValid, .certificateSelfSigned, .certificateChainIncomplete,
            .tlsVersionTooOld, .tlsFailed, .loginDisabled, .noCommonMechanism, .authenticationNotOffered, .basicAuthenticationDisabled,
            .accountLocked, .imapDisabled, .wrongTenant, .mailboxUnavailable, .messageNotArrived,
            .messagesQuarantined:
            .mailAdministrator
        case .addressNotAllowed, .certificateUnknownIssuer, .testModeApplication, .clientRefused, .diskFull, .storageQuotaReached,
            .internalError:
            .postroomAdministrator
        case .protocolError, .limitExceeded:
            .provider
        }
    }

    /// The form's field that is at fault, where one is.
    public var field: String? {
        switch cause {
        case .unknownHost, .addressNotAllowed, .certificateNameMismatch: "\(side.rawValue).host"
        case .connectionRefused, .notThisProtocol: "\(side.rawValue).port"
        case .plaintextOnTLSPort, .tlsOnPlaintextPort, .startTLSNotOffered: "\(side.rawValue).security"
        case .wrongCredentials, .appPasswordRequired: "password"
        case .wrongLoginFormat: "login"
        case .basicAuthenticationDisabled: "authentication"
        default: nil
        }
    }

    /// True where trying again without anybody's help may work.
    public var mayPass: Bool { actor == .nobody || cause == .unknownHost || cause == .connectionRefused }
}
