import Logging

/// The log of the HTTP server without the line it writes when its accepting is cancelled, which is how an end with open event streams looks.
struct ServerLog: LogHandler {
    private var base: any LogHandler

    static func logger(over logger: Logger) -> Logger { Logger(label: logger.label) { _ in ServerLog(base: logger.handler) } }

    func log(event: LogEvent) {
        guard !event.message.description.hasSuffix("CancellationError()") else { return }
        base.log(event: event)
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }
}
