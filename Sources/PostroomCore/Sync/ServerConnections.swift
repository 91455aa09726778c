import Synchronization

/// Opens accounts' connections within what their servers bear: a budget for each account, a pace of sign-ins for each server.
public final class ServerConnections: Sendable {
    /// A session with its place in the account's budget.
    struct Held: Sendable {
        let session: any MailSession
        let permit: ConnectionBudget.Permit

        func close() async {
            await session.close()
            permit.release()
        }
    }

    private let gate: ConnectionGate
    private let budgets = Mutex<[AccountID: ConnectionBudget]>([:])

    public init(gate: ConnectionGate = ConnectionGate()) {
        self.gate = gate
    }

    func budget(of account: AccountID) -> ConnectionBudget {
        budgets.withLock { budgets in
            if let budget = budgets[account] { return budget }
            let budget = ConnectionBudget()
            budgets[account] = budget
            return budget
        }
    }

    /// What was learned of an account that nobody works for any more.
    func forget(_ account: AccountID) {
        budgets.withLock { budgets in
            if let budget = budgets[account], budget.inUse == 0, budget.waiting == 0 { budgets[account] = nil }
        }
    }

    /// How often a connection is tried that a person waits for while the server still counts one that was just given up.
    private static let attempts = 5

    /// A session for an account. `willConnect` is called once its turn has come.
    func open(
        _ purpose: ConnectionPurpose, of account: AccountID, with parts: AccountParts, willConnect: @Sendable () async -> Void = {}
    ) async throws -> Held {
        let budget = budget(of: account)
        var pause = BackOff(first: .milliseconds(100))
        for attempt in 1... {
            let permit = try await budget.acquire(purpose)
            do {
                let session = try await signIn(purpose, account, parts, hasOthers: budget.inUse > 1, willConnect)
                budget.grow()
                return Held(session: session, permit: permit)
            } catch let failure as MailFailure where failure.isTooManyConnections || budget.inUse > 1 && failure.isHangUpAtSignIn {
                let hasOthers = budget.inUse > 1
                budget.shrink()
                permit.release()
                // Ours are among those that are too many: the next permit comes with the end of one of them.
                guard purpose > .mirror, attempt < Self.attempts, hasOthers || attempt > 1 else { throw failure }
            } catch {
                permit.release()
                throw error
            }
            try await Task.sleep(for: pause.next(random: Double.random(in: 0..<1)))
        }
        throw CancellationError()
    }

    private func signIn(
        _ purpose: ConnectionPurpose, _ account: AccountID, _ parts: AccountParts, hasOthers: Bool,
        _ willConnect: @Sendable () async -> Void
    ) async throws -> any MailSession {
        try await parts.openSession(of: account) { details in
            try await gate.enter(details.endpoint.host, purpose, hasOthers: hasOthers) {
                await willConnect()
                return try await parts.sessions.open(details)
            }
        }
    }
}

extension MailFailure {
    /// The server bears no more connections of this account.
    var isTooManyConnections: Bool { diagnosis.cause == .tooManyConnections }
}

extension MailFailure {
    /// Dovecot lets a user in and hangs up where that is one connection too many: to an account with others this means the same.
    fileprivate var isHangUpAtSignIn: Bool {
        !isConnectionUsable && retry == .later && [.greeting, .signIn, .capabilities].contains(diagnosis.stage)
            && [.connectionLost, .serverUnavailable].contains(diagnosis.cause)
    }
}

/// A person waits for the connection that this one was asked to give up.
struct ConnectionYielded: Error {}
