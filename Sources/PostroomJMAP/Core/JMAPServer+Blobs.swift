import PostroomCore

extension JMAPServer {
    /// Stores an upload (RFC 8620 §6.1) and answers with its description. `body` is read only once the user may write there.
    ///
    /// Throws `RequestProblem`.
    public func upload(account text: String, type: String, user: User, body: () async throws -> [UInt8]) async throws -> [UInt8] {
        let account = try await account(text, of: user)
        guard AccountAccess.of(user, to: account).mayWrite else {
            throw RequestProblem("forbidden", status: 403, "The account is read-only.")
        }
        guard await gate.enterUpload(user.id) else {
            throw RequestProblem.limit("maxConcurrentUpload", status: 429, "Too many uploads at the same time.")
        }
        do {
            let bytes = try await body()
            let expires = ports.clock.now().adding(seconds: limits.uploadLifetime)
            let id = try await ports.mail.addUpload(bytes, type: type, expiresAt: expires, of: account.id, by: user.id)
            await gate.leaveUpload(user.id)
            var json = JSONWriter()
            json.beginObject()
            json.member("accountId", account.id.jmap)
            json.member("blobId", BlobName.content(id).text)
            json.member("type", type)
            json.member("size", bytes.count)
            json.endObject()
            return json.bytes
        } catch {
            await gate.leaveUpload(user.id)
            throw error
        }
    }

    /// The bytes of a blob (RFC 8620 §6.2).
    ///
    /// Throws `RequestProblem`: 404 where the user has no such account or the account no such blob, 503 where the mail server
    /// that holds it can't be asked now.
    public func download(account text: String, blob: String, user: User) async throws -> [UInt8] {
        let account = try await account(text, of: user)
        do {
            guard let bytes = try await BlobReader(ports: ports, account: account.id, user: user.id).bytes(blob) else {
                throw RequestProblem("notFound", status: 404, "There is no such blob.")
            }
            return bytes
        } catch SourceError.unavailable(let reason) {
            throw RequestProblem("serverUnavailable", status: 503, reason)
        }
    }

    private func account(_ text: String, of user: User) async throws -> Account {
        let accounts = try await ports.directory.accounts(reachableBy: user.id)
        guard let id = JMAPID.account(text), let account = accounts.first(where: { $0.id == id }),
            AccountAccess.of(user, to: account).mayRead
        else { throw RequestProblem("accountNotFound", status: 404, "There is no such account.") }
        return account
    }
}
