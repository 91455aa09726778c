extension Catalogue {
    /// English.
    public static let english = Catalogue(
        causes: [
            .unknownHost: Phrase(
                "The server {host} was not found", "The name system knows no such host.",
                fix: "Check the spelling of the server address."),
            .addressNotAllowed: Phrase(
                "The address of {host} is not allowed", "{address} lies in a private network, and Postroom does not connect there unasked.",
                fix: "An administrator can allow the network with --allow-network."),
            .connectionRefused: Phrase(
                "{host} refuses connections on port {port}", "The machine answers, but nothing listens on this port.",
                fix: "Check the port. Usual ones are 993 and 143 for receiving, 465 and 587 for sending."),
            .timedOut: Phrase(
                "{host} does not answer", "There was no answer on port {port} in time: a firewall, a wrong port or a server in trouble.",
                fix: "Postroom tries again. If it stays so, check the address and the port."),
            .networkUnreachable: Phrase(
                "{host} can't be reached", "There is no way through the network to it.",
                fix: "Postroom tries again when the network is back."),
            .connectionLost: Phrase(
                "The connection to {host} was lost", "The server closed it in the middle.", fix: "Postroom connects again by itself."),
            .plaintextOnTLSPort: Phrase(
                "Port {port} of {host} does not speak SSL/TLS", "The server answered without encryption.",
                fix: "Choose STARTTLS for this port, or the port for SSL/TLS (993 for receiving, 465 for sending)."),
            .tlsOnPlaintextPort: Phrase(
                "Port {port} of {host} speaks SSL/TLS from the start", "The server waits for encryption before it says anything.",
                fix: "Choose SSL/TLS for this port."),
            .startTLSNotOffered: Phrase(
                "{host} does not offer STARTTLS on port {port}", "Without it the password would travel unprotected, so Postroom stopped.",
                fix: "Choose SSL/TLS with port 993 (receiving) or 465 (sending), or ask the mail administrator."),
            .startTLSInjection: Phrase(
                "The connection to {host} was tampered with", "Data arrived before encryption that has no business there.",
                fix: "Somebody between Postroom and the server may be interfering: tell the mail administrator."),
            .certificateExpired: Phrase(
                "The certificate of {host} has expired", "It was valid until {date}.", fix: "The mail administrator must renew it."),
            .certificateNotYetValid: Phrase(
                "The certificate of {host} is not valid yet", "It is valid from {date} on.",
                fix: "Check the clock of this machine; else the mail administrator must replace it."),
            .certificateSelfSigned: Phrase(
                "The certificate of {host} is self-signed", "Nobody vouches that this is the right server.",
                fix: "Have a certificate installed there, or an administrator can trust this one for the provider."),
            .certificateUnknownIssuer: Phrase(
                "The certificate of {host} comes from an unknown authority",
                "It was issued by {issuer}, which this machine does not trust.",
                fix: "An administrator can add the authority with --tls-ca."),
            .certificateChainIncomplete: Phrase(
                "{host} sends an incomplete certificate chain", "The certificate of the intermediate authority is missing.",
                fix: "The mail administrator must install the full chain."),
            .certificateNameMismatch: Phrase(
                "The certificate of {host} is for another name", "It is made out to {names}.",
                fix: "Use one of these names as the server address, if it is the same server."),
            .tlsVersionTooOld: Phrase(
                "{host} only speaks outdated TLS", "Postroom needs TLS 1.2 or newer.", fix: "The mail administrator must update the server."
            ),
            .tlsFailed: Phrase(
                "Encryption with {host} could not be set up", "{reason}", fix: "Check port and security; else ask the mail administrator."),
            .notThisProtocol: Phrase(
                "Port {port} of {host} is something else", "What answers there is no {server} server.", fix: "Check address and port."),
            .protocolError: Phrase(
                "{host} gave an answer that makes no sense", "{reason}", fix: "Postroom tries again. If it stays so, send us the report."),
            .serverUnavailable: Phrase(
                "{host} is not available now", "The server says that it can't work at the moment.", fix: "Postroom tries again by itself."),
            .tooManyConnections: Phrase(
                "{host} allows no more connections", "Other programs use the same mailbox, or the limit is low.",
                fix: "Postroom waits and tries again. Closing other mail programs helps."),
            .rateLimited: Phrase(
                "{host} asks us to slow down", "There were too many requests in a short time.", fix: "Postroom waits and goes on by itself."
            ),
            .limitExceeded: Phrase(
                "{host} sent more than is allowed", "The limit “{limit}” was exceeded.", fix: "Postroom protected itself and tries again."),
            .loginDisabled: Phrase(
                "{host} forbids signing in on this connection", "The server takes passwords only under encryption.",
                fix: "Choose SSL/TLS or STARTTLS for this server."),
            .noCommonMechanism: Phrase(
                "{host} offers no way to sign in that fits", "It offers: {mechanisms}.",
                fix: "Check the authentication method of the provider, or ask the mail administrator."),
            .authenticationNotOffered: Phrase(
                "{host} offers no sign-in on port {port}", "A server for sending that takes no login is not meant for mail programs.",
                fix: "Use port 465 with SSL/TLS or port 587 with STARTTLS."),
            .wrongCredentials: Phrase(
                "{host} did not accept the login or the password", "It was given the login “{login}”.",
                fix: "Type the password again. Many services want an app password instead of the usual one."),
            .wrongLoginFormat: Phrase(
                "{host} wants the login in another form", "“{login}” was refused, “{other}” would be accepted.",
                fix: "Change the login format of the provider, or type the login by hand."),
            .appPasswordRequired: Phrase(
                "{host} wants an app password", "The usual password does not work in mail programs here.",
                fix: "Make an app password in the security settings of the mail service and type it here."),
            .webSignInRequired: Phrase(
                "The mail service wants you to sign in on its web page first", "It blocked this sign-in as unusual.",
                fix: "Sign in on the service's web page, confirm that it was you, then try again."),
            .basicAuthenticationDisabled: Phrase(
                "{host} no longer takes passwords", "The service has switched sign-in by password off.",
                fix: "Use a provider with OAuth 2.0, or ask the mail administrator to allow it."),
            .accountLocked: Phrase(
                "The mailbox is locked", "The server does not let this login in.", fix: "The mail administrator can unlock it."),
            .imapDisabled: Phrase(
                "IMAP is switched off for this mailbox", "The service lets mail programs in only when that is switched on.",
                fix: "Switch IMAP on in the settings of the mail service, or ask the mail administrator."),
            .consentMissing: Phrase(
                "Access to the mailbox was not granted", "The service was not told that Postroom may read and send mail.",
                fix: "Sign in again and allow what is asked for."),
            .tokenExpired: Phrase("The sign-in has expired", "The service does not renew it any more.", fix: "Sign in again."),
            .tokenRevoked: Phrase(
                "The sign-in was revoked", "Somebody withdrew the access, or the password changed.", fix: "Sign in again."),
            .wrongTenant: Phrase(
                "The service does not know this application", "The application is registered for another organisation.",
                fix: "The mail administrator must allow the application for your organisation."),
            .wrongAccount: Phrase(
                "Another mailbox was signed in", "You signed in as {other}, the account is {login}.",
                fix: "Sign in again with the right address."),
            .testModeApplication: Phrase(
                "The application is still in test mode at the service", "The service lets only listed test users in.",
                fix: "The Postroom administrator must publish the application or add you as a test user."),
            .oauthServerUnavailable: Phrase(
                "The service's sign-in server does not answer", "{reason}", fix: "Postroom tries again by itself."),
            .tokenRefused: Phrase(
                "{host} does not accept the sign-in for {login}",
                "The service signed somebody in, but its mail server does not open this mailbox: another account may have been chosen.",
                fix: "Sign in again and choose {login}. If it stays so, check that IMAP is switched on for the mailbox."),
            .clientRefused: Phrase(
                "The service does not accept Postroom's registration",
                "It answered “{reason}”: the client ID or secret is wrong or has expired.",
                fix: "The Postroom administrator must correct the provider's client ID and secret."),
            .quotaExceeded: Phrase(
                "The mailbox is full", "The server takes nothing more into it.", fix: "Delete mail or ask for more space."),
            .messagesQuarantined: Phrase(
                "Some messages could not be fetched",
                "The server did not give {count} of them; they are listed in the account's settings, and all other mail is here.",
                fix: "Try again there. If it stays so, show the mail administrator which messages they are."),
            .mailboxUnavailable: Phrase(
                "The mailbox is not available", "The server does not give it out now.", fix: "Ask the mail administrator if it stays so."),
            .senderNotAllowed: Phrase(
                "{host} does not let you send as {sender}", "The address does not belong to this login.",
                fix: "Send with the account's own address, or have the mail administrator allow this one."),
            .recipientRefused: Phrase(
                "The address {recipient} was refused", "The server does not deliver there.", fix: "Check the address."),
            .messageRefused: Phrase(
                "The message was refused", "The server did not take its content.",
                fix: "Read the server's words below, change the message and send again."),
            .messageTooLarge: Phrase(
                "The message is too large", "The server takes at most {limit}.", fix: "Send fewer or smaller attachments."),
            .outcomeUnknown: Phrase(
                "It is not known whether the message was sent",
                "The connection was lost after the message was handed over and before the server confirmed it.",
                fix: "Ask the recipient or look into Sent; then choose “It arrived” or “Send again”."),
            .messageNotArrived: Phrase(
                "The test message has not arrived", "The server took it, but after {seconds} seconds it was not in the inbox of {address}.",
                fix: "Look into the spam folder. If it is not there either, ask the mail administrator where mail to this address goes."),
            .diskFull: Phrase(
                "The disk of this machine is full", "New mail waits on its server; what is here can be read.",
                fix: "The Postroom administrator must make room. Mail comes in again by itself."),
            .storageQuotaReached: Phrase(
                "The account has no room left in Postroom", "New mail waits on its server; what is here can be read.",
                fix: "Delete mail, shorten the history, or ask the Postroom administrator for more room."),
            .internalError: Phrase(
                "Something went wrong in Postroom", "{reason}", fix: "Try again; if it stays so, tell the Postroom administrator."),
        ],
        problems: [
            .badRequest: Phrase("The request can't be read", "{reason}", fix: "See the description of the API."),
            .required: Phrase("This is needed", "“{field}” is empty.", fix: "Fill it in."),
            .unknownMember: Phrase("Unknown member “{field}”", "The request has a member that is not defined.", fix: "Leave it out."),
            .invalidValue: Phrase("“{value}” is not possible for “{field}”", "{reason}", fix: "Possible: {allowed}."),
            .notFound: Phrase("There is no such {what}", "It was removed, or it is not yours.", fix: "Go back to the list."),
            .notSignedIn: Phrase("You are not signed in", "The session has ended.", fix: "Sign in."),
            .wrongCredentials: Phrase("The name or the password is wrong", "", fix: "Type them again."),
            .tooManyAttempts: Phrase(
                "Too many attempts", "There were too many wrong passwords.", fix: "Wait {seconds} seconds, then try again."),
            .tooManyProbes: Phrase(
                "Too many tests in a short time", "Postroom limits how often one person may have servers looked at.",
                fix: "Wait {seconds} seconds, then try again."),
            .forbidden: Phrase("This is for administrators", "Your rights do not cover it.", fix: "Ask an administrator of Postroom."),
            .crossSite: Phrase(
                "The request came from another site", "The header X-Postroom is missing.",
                fix: "Programs send “X-Postroom: 1” with cookies, or use a token."),
            .duplicate: Phrase("“{value}” exists already", "", fix: "Choose another one or use the existing one."),
            .tooLarge: Phrase("This is too large", "At most {limit} are taken.", fix: "Send less at once."),
            .setupLinkUsed: Phrase(
                "This link no longer works", "It can be used once, and an administrator exists already.",
                fix: "Sign in, or ask the administrator for an account."),
            .passwordTooShort: Phrase("The password is too short", "It needs at least {minimum} characters.", fix: "Choose a longer one."),
            .lastAdministrator: Phrase(
                "This is the last administrator", "Without one nobody could manage Postroom.",
                fix: "Make somebody else an administrator first."),
            .invalidHost: Phrase(
                "“{value}” is no server address", "A server address is a name like imap.domain.com: letters, digits, hyphens and dots.",
                fix: "Check the spelling."),
            .hostLooksLikeAddress: Phrase(
                "“{value}” looks like a mail address",
                "The instructions write servers as imap@domain.com, but the server's name is written with a dot.",
                fix: "Did you mean {suggestion}?"),
            .invalidPort: Phrase(
                "“{value}” is no port", "A port is a number from 1 to 65535.",
                fix: "Usual ones are 993 and 143 for receiving, 465 and 587 for sending."),
            .port455: Phrase(
                "Port 455 is a misprint", "Some instructions print 455 as the secure port for sending. The port is 465.", fix: "Use 465."),
            .invalidDomain: Phrase(
                "“{value}” is no domain", "A domain is what stands after the “@”: domain.com.", fix: "Check the spelling."),
            .invalidAddress: Phrase("“{value}” is no mail address", "An address looks like name@domain.com.", fix: "Check the spelling."),
            .providerInUse: Phrase(
                "“{name}” is in use", "These accounts use it: {accounts}.", fix: "Delete these accounts first, then the provider."),
            .providersByAdministrators: Phrase(
                "Only administrators add providers here", "An administrator has decided so.",
                fix: "Ask for the provider you need: an administrator sees your wish."),
            .oauthSignInRequired: Phrase(
                "{name} signs people in on its own page", "A password does not open mailboxes of this provider here.",
                fix: "Sign in there: in the page with “Sign in”, on the command line with --device."),
            .notOAuth: Phrase(
                "{name} signs in with a password", "The provider's authentication method is Basic.", fix: "Type the password instead."),
            .noDeviceSignIn: Phrase(
                "{name} offers no sign-in from the command line", "The provider has no device authorization address.",
                fix: "Open {link} in a browser and sign in there."),
            .noOAuthMetadata: Phrase(
                "{issuer} does not tell its addresses", "{reason}", fix: "Check the issuer, or type the addresses by hand."),
            .signInStateInvalid: Phrase(
                "This sign-in is not under way", "It was finished already, took too long, or was begun in another browser.",
                fix: "Go back to Postroom and begin the sign-in again."),
            .signInPending: Phrase(
                "The sign-in is not finished yet", "The service waits for your decision.", fix: "Finish it there first."),
            .signInFailed: Phrase("The account was not connected", "Receiving: {imap}. Sending: {smtp}.", fix: "{fix}"),
            .shareRight: Phrase(
                "You may not do this with {address}", "The account is shared with you for less.",
                fix: "Ask its owner to share it for writing or sending."),
            .shareWithOwner: Phrase("{value} owns this account", "An owner may do everything anyway.", fix: "Name another user."),
            .accountPaused: Phrase("The account is paused", "", fix: "Resume it first."),
            .masterKeyOutside: Phrase(
                "The master key is not Postroom's to make",
                "It comes from the environment (POSTROOM_MASTER_KEY), which Postroom can't change.",
                fix: "Make one with “openssl rand -base64 32”, give it with --new-key-file, and set it for the next start."),
            .storeBusy: Phrase("Postroom is busy", "The database did not answer in time.", fix: "Try again in a moment."),
            .mailServerUnavailable: Phrase(
                "The mail server can't be asked now", "The connection to it was refused or broke.",
                fix: "Try again in a moment. The account's settings say what is wrong with the connection."),
            .accountQuota: Phrase(
                "The account has no room left in Postroom", "It has stored as much as it may.",
                fix: "Delete mail, or ask the Postroom administrator for more room."),
            .diskFull: Phrase("The disk is full", "Nothing more can be stored.", fix: "The Postroom administrator must make room."),
            .internalError: Phrase(
                "Something went wrong in Postroom", "{reason}", fix: "Try again; if it stays so, tell the administrator."),
        ],
        actors: [
            .you: "you", .mailAdministrator: "the mail administrator", .postroomAdministrator: "the Postroom administrator",
            .provider: "the mail service", .nobody: "nobody: it passes",
        ],
        stages: [
            .name: "Name", .connect: "Connection", .tls: "Encryption", .greeting: "Greeting", .capabilities: "Capabilities",
            .signIn: "Sign-in", .folders: "Folders", .sender: "Sender", .delivery: "Delivery", .sync: "Synchronisation",
        ],
        sides: [.imap: "IMAP", .smtp: "SMTP"], discovery: .english, deliveries: .english)
}
