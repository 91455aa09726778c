import MailProtocol
import PostroomCore
import PostroomJMAP

// The shapes of docs/rest.md.

extension User {
    var json: JSONObject {
        [
            "id": .id(id), "name": .string(name), "displayName": .string(displayName), "isAdmin": .bool(isAdmin),
            "isDisabled": .bool(isDisabled), "language": .string(profile.language), "dateFormat": .string(profile.dateFormat),
            "timeFormat": .string(profile.timeFormat), "timeZone": .string(profile.timeZone), "createdAt": .time(createdAt),
        ]
    }
}

extension AccessToken {
    var json: JSONValue {
        [
            "id": .id(id), "name": .string(name), "createdAt": .time(createdAt), "expiresAt": .time(expiresAt),
            "lastUsedAt": .time(lastUsedAt),
        ]
    }
}

extension ServerEndpoint {
    var json: JSONValue { ["host": .string(host), "port": .int(Int64(port)), "security": .string(security.rawValue)] }
}

extension Provider {
    func json(domains: [String], accountCount: Int, hasClientSecret: Bool, for user: User) -> JSONValue {
        var oauth = JSONValue.null
        if let registration = settings.oauth {
            oauth = [
                "clientId": .string(registration.clientID), "hasClientSecret": .bool(hasClientSecret),
                "authorizeUrl": .string(registration.authorizeURL), "tokenUrl": .string(registration.tokenURL),
                "revocationUrl": .text(registration.revocationURL), "deviceUrl": .text(registration.deviceURL),
                "userinfoUrl": .text(registration.userinfoURL), "issuer": .text(registration.issuer),
                "sendsIssuer": .bool(registration.sendsIssuer ?? false), "isPublic": .bool(registration.isPublic ?? false),
                "clientAuthentication": .string((registration.clientAuthentication ?? .post).rawValue),
                "scopes": .texts(registration.scopes),
            ]
        }
        return [
            "id": .id(id), "name": .string(settings.name), "serviceType": "imap", "imap": settings.imap.json, "smtp": settings.smtp.json,
            "loginFormat": .string(settings.loginFormat.rawValue), "authentication": .string(settings.authentication.rawValue),
            "oauth": oauth, "pinnedCertificate": .text(settings.pinnedCertificate), "ownerId": .id(ownerID),
            "isShared": .bool(ownerID == nil), "domains": .texts(domains), "accountCount": .int(Int64(accountCount)),
            "mayEdit": .bool(ProviderService.mayEdit(self, user)), "createdAt": .time(createdAt), "updatedAt": .time(updatedAt),
        ]
    }
}

extension Grant {
    func json(_ account: Account, _ provider: Provider?, in language: Language) -> JSONValue {
        [
            "accountId": .id(accountID), "address": .string(account.address), "providerId": .id(account.providerID),
            "providerName": .text(provider?.settings.name), "identity": .text(identity), "scopes": .texts(scopes),
            "grantedAt": .time(grantedAt), "expiresAt": .time(expiresAt), "lastRefreshAt": .time(refreshedAt),
            "nextRefreshAt": state == .active ? .time(refreshAt) : .null, "state": .string(state.rawValue),
            "nextAction": .string(nextAction.rawValue),
            "revocable": .bool(provider?.settings.oauth?.revocationURL?.isEmpty == false),
            "diagnosis": diagnosis.map { .object($0.json(in: language)) } ?? .null,
        ]
    }
}

extension Problem {
    func json(in language: Language) -> JSONObject {
        let phrase = phrase(in: language)
        var object: JSONObject = [
            "code": .string(code.rawValue), "title": .string(phrase.title), "detail": .string(phrase.detail), "fix": .string(phrase.fix),
            "actor": .string(code.actor.rawValue), "field": .text(field),
        ]
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            object.set(key, to: Int64(value).map { .int($0) } ?? .string(value))
        }
        return object
    }
}

extension Diagnosis {
    func json(in language: Language) -> JSONObject {
        let phrase = phrase(in: language)
        return [
            "code": .string(cause.rawValue), "stage": .string(stage.rawValue), "side": .string(side.rawValue),
            "title": .string(phrase.title), "detail": .string(phrase.detail), "fix": .string(phrase.fix),
            "actor": .string(actor.rawValue), "actorName": .text(language.catalogue.actors[actor]), "serverText": .string(serverText),
            "field": .text(field),
        ]
    }
}

extension DiagnosticStage {
    func json(in language: Language) -> JSONValue {
        [
            "side": .string(side.rawValue), "stage": .string(stage.rawValue), "name": .text(language.catalogue.stages[stage]),
            "verdict": .string(verdict.rawValue), "milliseconds": .int(Int64(milliseconds)), "evidence": .string(evidence),
            "diagnosis": diagnosis.map { .object($0.json(in: language)) } ?? .null,
        ]
    }
}

extension AccountStatus {
    func json(in language: Language) -> JSONValue {
        [
            "phase": .string(phase.rawValue), "done": .int(Int64(done)), "total": .int(Int64(total)),
            "lastProofOfLife": .time(lastProofOfLife), "lastSyncedAt": .time(lastSyncedAt), "retryAt": .time(retryAt),
            "secondsLeft": secondsLeft.map { .int(Int64($0)) } ?? .null, "lag": lag.map { .int(Int64($0)) } ?? .null,
            "gap": gap.map { ["from": .time($0.from), "closedAt": .time($0.closedAt)] } ?? .null,
            "diagnosis": diagnosis.map { .object($0.json(in: language)) } ?? .null,
        ]
    }
}

extension Submission {
    /// `email`: the message as it is called now.
    func json(email: EmailID?, subject: String, in language: Language) -> JSONValue {
        let deliveries = deliveries
        let recipients = recipients.map { recipient -> JSONValue in
            let delivery = deliveries[recipient.address]
            return [
                "address": .string(recipient.address), "verdict": .string(recipient.verdict.rawValue), "reply": .string(recipient.reply),
                "delivered": .string((delivery?.delivered ?? .unknown).rawValue),
                "displayed": .string(delivery?.isDisplayed == true ? "yes" : "unknown"),
            ]
        }
        return [
            "id": .string(id.jmap), "emailId": email.map { .string($0.jmap) } ?? .null, "messageId": .string(messageID),
            "subject": .string(subject),
            "recipients": .array(recipients), "state": .string(state == .finalDot ? "sending" : state.rawValue),
            "createdAt": .time(createdAt), "sendAt": .time(sendAt), "attempts": .int(Int64(attempts)),
            "nextAttemptAt": .time(nextAttemptAt), "diagnosis": diagnosis.map { .object($0.json(in: language)) } ?? .null,
            "serverReply": .string(serverReply), "deliveryProblems": .array(deliveryProblems.map { $0.json(in: language) }),
        ]
    }
}

extension Submission.DeliveryProblem {
    func json(in language: Language) -> JSONValue {
        let phrase = phrase(in: language)
        return [
            "recipient": .string(outcome.address), "code": .string(outcome.reason.code), "isFinal": .bool(isFinal),
            "isHard": .bool(outcome.isHard), "title": .string(phrase.title), "detail": .string(phrase.detail), "fix": .string(phrase.fix),
            "status": .string(outcome.status), "serverText": .string(outcome.text), "reportedAt": .time(reportedAt),
            "blobId": .string(blobID.jmap),
        ]
    }
}
