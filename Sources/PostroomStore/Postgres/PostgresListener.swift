import CPQ
import Foundation
import PostroomCore
import Synchronization

/// Hears what is notified on channels (LISTEN), on a connection and a thread of its own.
///
/// A connection that is lost is made anew; what was notified meanwhile is lost, which `connected` tells.
final class PostgresListener: Sendable {
    enum Event: Sendable {
        /// Listening from now on; `isAgain`: after an outage, in which anything may have been missed.
        case connected(isAgain: Bool)
        case notified(channel: String, payload: String)
    }

    private let url: String
    private let channels: [String]
    private let isClosed = Atomic(false)
    private let handler: @Sendable (Event) -> Void

    init(url: String, channels: [String], handler: @escaping @Sendable (Event) -> Void) {
        self.url = url
        self.channels = channels
        self.handler = handler
    }

    func start() {
        Thread.detachNewThread { self.run() }
    }

    /// Within half a second.
    func close() { isClosed.store(true, ordering: .relaxed) }

    private var isOpen: Bool { !isClosed.load(ordering: .relaxed) }

    private func run() {
        var isAgain = false
        while isOpen {
            if let handle = try? PostgresConnection.connect(url) {
                defer { PQfinish(handle) }
                let isListening = channels.allSatisfy { channel in
                    let result = PQexec(handle, "LISTEN \(channel)")
                    defer { PQclear(result) }
                    return PQresultStatus(result) == PGRES_COMMAND_OK
                }
                if isListening {
                    handler(.connected(isAgain: isAgain))
                    isAgain = true
                    listen(handle)
                }
            }
            if isOpen { Thread.sleep(forTimeInterval: 0.5) }
        }
    }

    /// Until the connection is lost or nobody wants to hear any more.
    private func listen(_ handle: OpaquePointer) {
        while isOpen {
            while let note = PQnotifies(handle) {
                defer { PQfreemem(note) }
                handler(.notified(channel: String(cString: note.pointee.relname), payload: String(cString: note.pointee.extra)))
            }
            var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 500) >= 0 || errno == EINTR else { return }
            if descriptor.revents != 0, PQconsumeInput(handle) == 0 { return }
        }
    }
}
