import PostroomCore

/// The Session resource (RFC 8620 §2).
struct Session {
    var user: User
    var accounts: [Account]
    var baseURL: String
    var limits: JMAPLimits
    var limitsText: String

    /// Changes whenever the resource would: accounts that come, go, are renamed or may no longer send.
    static func state(user: User, accounts: [Account], limits: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01b3
        }
        mix("\(user.id.value) \(user.name)")
        // Another version of the server may bear more or less.
        mix(limits)
        for account in accounts.sorted(by: { $0.id < $1.id }) {
            mix("\(account.id.value) \(account.address) \(account.settings.displayName) \(account.settings.sendEnabled)")
            mix(account.settings.isDefault ? "default" : "")
            mix(account.right(of: user.id)?.rawValue ?? "")
        }
        return String(hash, radix: 36)
    }

    /// The account a client starts with: of the user's own the one preferred for sending, else the oldest; who has none of his own
    /// starts with the oldest that is shared with him.
    private var primary: Account? {
        let own = accounts.filter { $0.userID == user.id }
        return own.first { $0.settings.isDefault } ?? own.min { $0.id < $1.id } ?? accounts.min { $0.id < $1.id }
    }

    func json() -> [UInt8] {
        var json = JSONWriter(reserving: 2048)
        json.beginObject()
        json.key("capabilities")
        capabilities(&json)
        json.key("accounts")
        json.beginObject()
        for account in accounts.sorted(by: { $0.id < $1.id }) {
            json.key(account.id.jmap)
            write(account, to: &json)
        }
        json.endObject()
        json.key("primaryAccounts")
        json.beginObject()
        if let primary {
            for capability in Capability.allCases where capability != .core { json.member(capability.rawValue, primary.id.jmap) }
        }
        json.endObject()
        json.member("username", user.name)
        json.member("apiUrl", baseURL + "/jmap/api")
        json.member("downloadUrl", baseURL + "/jmap/download/{accountId}/{blobId}/{name}?accept={type}")
        json.member("uploadUrl", baseURL + "/jmap/upload/{accountId}/")
        json.member("eventSourceUrl", baseURL + "/jmap/eventsource?types={types}&closeafter={closeafter}&ping={ping}")
        json.member("state", Self.state(user: user, accounts: accounts, limits: limitsText))
        json.endObject()
        return json.bytes
    }

    private func capabilities(_ json: inout JSONWriter) {
        json.beginObject()
        json.key(Capability.core.rawValue)
        json.beginObject()
        json.member("maxSizeUpload", limits.maxSizeUpload)
        json.member("maxConcurrentUpload", limits.maxConcurrentUpload)
        json.member("maxSizeRequest", limits.maxSizeRequest)
        json.member("maxConcurrentRequests", limits.maxConcurrentRequests)
        json.member("maxCallsInRequest", limits.maxCallsInRequest)
        json.member("maxObjectsInGet", limits.maxObjectsInGet)
        json.member("maxObjectsInSet", limits.maxObjectsInSet)
        json.member("collationAlgorithms", ["i;ascii-numeric", "i;ascii-casemap", "i;unicode-casemap"])
        json.endObject()
        for capability in Capability.allCases where capability != .core {
            json.key(capability.rawValue)
            json.beginObject()
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ account: Account, to json: inout JSONWriter) {
        let access = AccountAccess.of(user, to: account)
        json.beginObject()
        json.member("name", account.settings.displayName.isEmpty ? account.address : account.settings.displayName)
        json.member("isPersonal", account.userID == user.id)
        json.member("isReadOnly", !access.mayWrite)
        json.key("accountCapabilities")
        json.beginObject()
        json.key(Capability.mail.rawValue)
        json.beginObject()
        json.key("maxMailboxesPerEmail")
        json.null()
        json.key("maxMailboxDepth")
        json.null()
        json.member("maxSizeMailboxName", limits.maxSizeMailboxName)
        json.member("maxSizeAttachmentsPerEmail", limits.maxSizeAttachmentsPerEmail)
        json.member("emailQuerySortOptions", EmailQueryParser.sortOptions)
        json.member("mayCreateTopLevelMailbox", access.mayWrite)
        json.endObject()
        json.key(Capability.submission.rawValue)
        json.beginObject()
        json.member("maxDelayedSend", limits.maxDelayedSend)
        json.key("submissionExtensions")
        json.beginObject()
        json.member("FUTURERELEASE", [String(limits.maxDelayedSend)])
        json.endObject()
        json.endObject()
        json.key(Capability.blob.rawValue)
        json.beginObject()
        json.member("maxSizeBlobSet", limits.maxSizeUpload)
        json.member("maxDataSources", BlobMethods.maxDataSources)
        json.member("supportedTypeNames", ["Email", "Thread", "Mailbox"])
        json.member("supportedDigestAlgorithms", ["sha", "sha-256", "sha-512"])
        json.endObject()
        json.key(Capability.quota.rawValue)
        json.beginObject()
        json.endObject()
        json.endObject()
        json.endObject()
    }
}
