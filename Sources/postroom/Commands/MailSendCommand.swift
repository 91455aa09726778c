import ArgumentParser
import Foundation
import PostroomCore
import PostroomJMAP

extension MailCommand {
    /// `postroom mail send`: through the outbox like any mail, then waits for the outcome.
    struct Send: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "send", abstract: "Sends a message and waits for the outcome.")
        @OptionGroup var options: GlobalOptions
        @Option(help: "The account that sends.") var from: String
        @Option(help: "Whose account, where several users connected it.") var user: String?
        @Option(help: ArgumentHelp("Recipients.", valueName: "address,…")) var to: String
        @Option(help: ArgumentHelp("Copies.", valueName: "address,…")) var cc: String?
        @Option(help: ArgumentHelp("Blind copies.", valueName: "address,…")) var bcc: String?
        @Option(help: "The subject.") var subject = ""
        @Flag(name: .customLong("text-stdin"), help: "Take the text from standard input.") var textFromInput = false
        @Option(help: "A file to attach; may be given several times.") var attach: [String] = []
        @Option(help: "Wait at most so many seconds for the outcome.") var wait = 60

        func run() async throws {
            let text = textFromInput ? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) : ""
            let files = try attach.map { path -> (String, [UInt8]) in
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw CommandFailure(.badInput, "The file \(path) can't be read.")
                }
                return (URL(fileURLWithPath: path).lastPathComponent, Array(data))
            }
            try await CommandSession.run(options) { session in
                let account = try await session.account(from, user: user)
                let id = try await submit(text, files, account, session)
                let outcome = try await outcome(of: id, account, session)
                if let app = session.app { await putCopyIntoSent(account.id, app) }
                try report(outcome)
            }
        }

        private func submit(
            _ text: String, _ files: [(String, [UInt8])], _ account: FoundAccount, _ session: CommandSession
        ) async throws -> String {
            let get = JSONObject([("accountId", .string(account.jmapID)), ("ids", .null)])
            let answers = try await session.api.jmap([("Identity/get", .object(get)), ("Mailbox/get", .object(get))], as: account.owner)
            guard let identity = answers.first?["list"]?.array?.first?.object else {
                throw CommandFailure(.failed, "The account has no sender.")
            }
            let boxes = (answers.last?["list"]?.array ?? []).compactMap(\.object)
            let drafts = boxes.first { $0.text("role") == "drafts" } ?? boxes.first { $0.text("role") == "inbox" } ?? boxes.first
            guard let drafts else { throw CommandFailure(.tryLater, "The folders are not known yet: run postroom sync first.") }
            var email = JSONObject([
                ("mailboxIds", .object(JSONObject([(drafts.text("id"), .bool(true))]))),
                ("keywords", .object(JSONObject([("$draft", .bool(true)), ("$seen", .bool(true))]))),
                (
                    "from",
                    .array([.object(JSONObject([("name", .string(identity.text("name"))), ("email", .string(identity.text("email")))]))])
                ),
                ("subject", .string(subject)),
                ("textBody", .array([.object(JSONObject([("partId", .string("1")), ("type", .string("text/plain"))]))])),
                ("bodyValues", .object(JSONObject([("1", .object(JSONObject([("value", .string(text))])))]))),
            ])
            for (name, list) in [("to", to), ("cc", cc ?? ""), ("bcc", bcc ?? "")] where !list.isEmpty {
                email.set(
                    name,
                    to: .array(
                        list.split(separator: ",").map { item in
                            .object(JSONObject([("name", .null), ("email", .string(item.trimmingCharacters(in: .whitespaces)))]))
                        }))
            }
            var attachments: [JSONValue] = []
            for (name, bytes) in files {
                let uploaded = try await session.api.upload(
                    bytes, type: "application/octet-stream", account: account.jmapID, as: account.owner)
                attachments.append(
                    .object(
                        JSONObject([
                            ("blobId", .string(uploaded.object?.text("blobId") ?? "")), ("type", .string("application/octet-stream")),
                            ("name", .string(name)), ("disposition", .string("attachment")),
                        ])))
            }
            if !attachments.isEmpty { email.set("attachments", to: .array(attachments)) }
            var afterwards = JSONObject([("keywords/$draft", .null)])
            if let sent = boxes.first(where: { $0.text("role") == "sent" }) {
                afterwards.set("mailboxIds/\(drafts.text("id"))", to: .null)
                afterwards.set("mailboxIds/\(sent.text("id"))", to: .bool(true))
            }
            let create = JSONObject([
                ("accountId", .string(account.jmapID)), ("create", .object(JSONObject([("m", .object(email))]))),
            ])
            let submission = JSONObject([("identityId", .string(identity.text("id"))), ("emailId", .string("#m"))])
            let submit = JSONObject([
                ("accountId", .string(account.jmapID)), ("create", .object(JSONObject([("s", .object(submission))]))),
                ("onSuccessUpdateEmail", .object(JSONObject([("#s", .object(afterwards))]))),
            ])
            let results = try await session.api.jmap(
                [("Email/set", .object(create)), ("EmailSubmission/set", .object(submit))], as: account.owner)
            for result in results {
                for (_, failure) in result["notCreated"]?.object?.entries ?? [] {
                    let reason = failure.object ?? JSONObject()
                    let properties = (reason["properties"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
                    throw CommandFailure(.badInput, "\(reason.text("type")): \(reason.text("description")) \(properties)")
                }
            }
            guard let id = results.dropFirst().first?["created"]?.object?["s"]?.object?.text("id"), !id.isEmpty else {
                throw CommandFailure(.failed, "The message was not taken into the outbox.")
            }
            return id
        }

        private func outcome(of id: String, _ account: FoundAccount, _ session: CommandSession) async throws -> JSONObject {
            if let app = session.app, let number = Int64(account.id) { await app.supervisor.sendDue(of: AccountID(number)) }
            let end = ContinuousClock.now + .seconds(wait)
            while true {
                let list = try await CommandAnswers.list(
                    "submissions", from: session.api, "/api/v1/accounts/\(account.id)/submissions", as: account.owner)
                guard let submission = list.first(where: { $0.text("id") == id }) else {
                    throw CommandFailure(.failed, "The message is no longer in the outbox.")
                }
                let state = submission.text("state")
                let waits = state == "queued" && submission["diagnosis"]?.isNull == false
                if !["queued", "sending"].contains(state) || waits || ContinuousClock.now > end || session.app != nil { return submission }
                try await Task.sleep(for: .milliseconds(100))
            }
        }

        /// Where nobody serves the data folder, the write to the mailbox's server is for this command to carry out; what fails now is
        /// done by the next synchronisation, and changes nothing about the outcome.
        private func putCopyIntoSent(_ id: String, _ app: PostroomApp) async {
            guard let number = Int64(id), let account = try? await app.store.account(AccountID(number)) else { return }
            _ = try? await app.supervisor.runUntilCaughtUp(account)
        }

        private func report(_ submission: JSONObject) throws {
            if options.json { Terminal.print(json: .object(submission)) }
            let diagnosis = submission["diagnosis"]?.object ?? JSONObject()
            let reason = [diagnosis.text("title"), diagnosis.text("detail"), diagnosis.text("fix"), submission.text("serverReply")]
                .filter { !$0.isEmpty }.joined(separator: ". ")
            switch submission.text("state") {
            case "sent":
                let refused = (submission["recipients"]?.array ?? []).compactMap(\.object).filter { $0.text("verdict") == "refused" }
                for recipient in refused { Terminal.note("\(recipient.text("address")) was refused: \(recipient.text("reply"))") }
                if !options.json { Terminal.print("Sent.") }
                if !refused.isEmpty { throw ExitCode(CommandFailure.Code.refused.rawValue) }
            case "refused": throw CommandFailure(.refused, reason)
            case "unknown": throw CommandFailure(.failed, reason)
            default: throw CommandFailure(.tryLater, reason.isEmpty ? "The message waits in the outbox." : reason)
            }
        }
    }
}
