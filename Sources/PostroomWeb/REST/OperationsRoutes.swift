import HTTPTypes
import Hummingbird
import NIOCore
import PostroomCore

/// What machines watch: alive, ready, numbers.
struct OperationsRoutes {
    let services: WebServices

    func add(to router: Router<WebContext>) {
        // Degraded is alive: restarting would not make room.
        router.get("healthz") { _, _ in Self.text(services.maintenance.fullSince == nil ? "ok\n" : "degraded: disk-full\n") }
        router.get("readyz") { _, _ in
            _ = try await services.directory.setting("ready")
            return Self.text("ready\n")
        }
        router.get("metrics") { _, _ in try await metrics() }
    }

    /// Prometheus text format: accounts by phase and lag, from the same values the page shows.
    private func metrics() async throws -> Response {
        let accounts = try await services.directory.accounts()
        let phases = Dictionary(grouping: accounts, by: \.status.phase).mapValues(\.count)
        var lines = ["# HELP postroom_accounts Accounts by phase.", "# TYPE postroom_accounts gauge"]
        lines += phases.sorted { $0.key.rawValue < $1.key.rawValue }.map { "postroom_accounts{phase=\"\($0.key.rawValue)\"} \($0.value)" }
        lines += [
            "# HELP postroom_account_proof_of_life_seconds Seconds since an account's server last answered.",
            "# TYPE postroom_account_proof_of_life_seconds gauge",
        ]
        let now = services.clock.now()
        for account in accounts {
            guard let proof = account.status.lastProofOfLife else { continue }
            lines.append("postroom_account_proof_of_life_seconds{account=\"\(account.id)\"} \(max(0, now.seconds - proof.seconds))")
        }
        lines += [
            "# HELP postroom_account_lag_seconds From INTERNALDATE to visible, of an account's newest arrival.",
            "# TYPE postroom_account_lag_seconds gauge",
        ]
        for account in accounts {
            if let lag = account.status.lag {
                lines.append("postroom_account_lag_seconds{account=\"\(account.id)\"} \(Double(lag) / 1000)")
            }
        }
        lines += [
            "# HELP postroom_account_missing_messages Messages that an account's server holds and that are not here yet.",
            "# TYPE postroom_account_missing_messages gauge",
        ]
        for account in accounts {
            lines.append(
                "postroom_account_missing_messages{account=\"\(account.id)\"} \(max(0, account.status.total - account.status.done))")
        }
        lines += [
            "# HELP postroom_store_bytes Octets that the database takes.", "# TYPE postroom_store_bytes gauge",
            "postroom_store_bytes \(try await services.maintenance.databaseSize())",
            "# HELP postroom_store_full Whether the disk is full and no mail is taken in.", "# TYPE postroom_store_full gauge",
            "postroom_store_full \(services.maintenance.fullSince == nil ? 0 : 1)",
        ]
        if let free = services.maintenance.freeSpace() {
            lines += [
                "# HELP postroom_store_free_bytes Octets that the disk has left.", "# TYPE postroom_store_free_bytes gauge",
                "postroom_store_free_bytes \(free)",
            ]
        }
        return Self.text(lines.joined(separator: "\n") + "\n", type: "text/plain; version=0.0.4")
    }

    private static func text(_ text: String, type: String = "text/plain") -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
