import HTTPTypes
import Hummingbird
import NIOCore
import PostroomCore
import PostroomJMAP
import ServiceLifecycle

/// The event source (RFC 8620 §7.3): `state` and `ping` events, and with `accounts=1`, which the page asks for, `account` events.
struct JMAPEventRoute {
    let services: WebServices

    /// Seconds between pings: what proxies bear at the one end, what is no burden at the other.
    private static let pings = 5...900
    private static let lastEvent = HTTPField.Name("Last-Event-ID")!  // Legal characters.
    /// Tells nginx not to hold events back.
    private static let buffering = HTTPField.Name("X-Accel-Buffering")!  // Legal characters.

    func add(to router: Router<WebContext>) {
        router.get("jmap/eventsource") { request, context in try await events(request, context) }
    }

    private func events(_ request: Request, _ context: WebContext) async throws -> Response {
        let user = try context.user
        let query = request.uri.queryParameters
        let types = query["types"].map(String.init) ?? "*"
        let closeAfter = query["closeafter"].map(String.init) ?? "no"
        guard closeAfter == "no" || closeAfter == "state", let ping = Int(query["ping"].map(String.init) ?? "0"), ping >= 0 else {
            return JMAPRoutes.problem(RequestProblem("notRequest", "\"closeafter\" is \"no\" or \"state\", \"ping\" a number of seconds."))
        }
        let interval = ping == 0 ? 0 : min(max(ping, Self.pings.lowerBound), Self.pings.upperBound)
        let lastID = request.headers[Self.lastEvent]
        let events = EventSource(
            ports: services.jmap.ports, user: user, types: types, closesAfterState: closeAfter == "state", pingSeconds: interval,
            lastEventID: lastID, tellsAccounts: query["accounts"] == "1")
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-cache, no-store", Self.buffering: "no"],
            body: ResponseBody { writer in
                // A client that is gone must end the stream at once, not with the next event.
                try? await request.body.consumeWithCancellationOnInboundClose { _ in
                    for await piece in events.pieces().cancelOnGracefulShutdown() {
                        try await writer.write(ByteBuffer(bytes: piece))
                    }
                }
                try await writer.finish(nil)
            })
    }
}
