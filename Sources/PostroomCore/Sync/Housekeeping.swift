import Logging
import ServiceLifecycle

/// Tidies the store every hour.
public struct Housekeeping: Service {
    /// How many steps of an account's change log are kept, by name of the setting and where it is not set.
    public static let stepsSetting = "change-log-steps"
    public static let defaultSteps: Int64 = 500_000

    private let directory: any DirectoryStore
    private let maintenance: any StoreMaintaining
    private let logger: Logger
    private let interval: Duration

    public init(directory: any DirectoryStore, maintenance: any StoreMaintaining, logger: Logger, interval: Duration = .seconds(3_600)) {
        self.directory = directory
        self.maintenance = maintenance
        self.logger = logger
        self.interval = interval
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Not at once: the start belongs to those who read mail.
                do { try await Task.sleep(for: interval) } catch { return }
                do {
                    try await tidy()
                } catch {
                    logger.warning("the store was not tidied", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    public func tidy() async throws {
        let steps = try await directory.setting(Self.stepsSetting).flatMap { Int64($0) } ?? Self.defaultSteps
        try await maintenance.tidy(changeLogSteps: steps)
    }
}
