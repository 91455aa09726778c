// What the IMAP client costs, next to the raw C client of rawimap.c.
//
//   imapbench fetch HOST PORT tls|none USER PASSWORD CA [MAILBOX]   whole mailbox, BODY.PEEK[], discarded
//   imapbench headers ...                                           the same with FLAGS ENVELOPE BODYSTRUCTURE
//   imapbench parse FILE                                            framing and parsing of recorded responses, MB/s
//   imapbench idle [COUNT]                                          resident memory of a connection that waits, of COUNT (2000)
//
// Prints, but for the last: name, wall seconds, megabytes, messages, processor seconds of this process, greatest memory in MB.
import Foundation
import MailProtocol
import MailTransport

struct Usage: Error {}

func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(numericCast(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}

func greatestMemory() -> Int {
    var usage = rusage()
    getrusage(numericCast(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1_024
}

func report(_ name: String, _ start: ContinuousClock.Instant, _ processor: Double, bytes: Int, messages: Int) {
    let wall = (ContinuousClock.now - start) / .seconds(1)
    let megabytes = Double(bytes) / 1e6
    print(
        String(
            format: "%@ %7.3f s  %8.1f MB  %7.1f MB/s  %6.2f s cpu  %5d MB max  %6d messages", name as NSString, wall, megabytes,
            megabytes / wall, processorSeconds() - processor, greatestMemory(), messages))
}

func fetch(_ name: String, _ arguments: [String], _ items: [IMAP.FetchItem]) async throws {
    guard arguments.count >= 6, let port = Int(arguments[1]) else { throw Usage() }
    let options = ConnectionOptions(
        trust: TrustStore(usesSystemRoots: false) { [arguments[5]] },
        addressPolicy: AddressPolicySource(AddressPolicy(allowed: [CIDRBlock("127.0.0.0/8")].compactMap { $0 })))
    let security: ConnectionSecurity = arguments[2] == "tls" ? .tls : .none
    let client = try await IMAPClient.connect(to: ServerEndpoint(host: arguments[0], port: port, security: security), options: options)
    try await client.signIn(.password(login: arguments[3], password: Secret(arguments[4])), allowPlaintext: true)
    let mailbox = try await client.examine(client.mailboxName(arguments.count > 6 ? arguments[6] : "INBOX"))
    for round in 1...3 {
        let start = ContinuousClock.now
        let processor = processorSeconds()
        var bytes = 0
        var messages = 0
        for try await message in try await client.fetch(.all, items: items) {
            messages += 1
            for body in message.bodies { bytes += body.bytes?.count ?? 0 }
        }
        report("\(name) \(round)", start, processor, bytes: bytes, messages: messages)
        guard messages == Int(mailbox.exists) else { fatalError("\(messages) of \(mailbox.exists) messages") }
    }
    await client.logout()
}

func parse(_ file: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
    for round in 1...3 {
        let start = ContinuousClock.now
        let processor = processorSeconds()
        var framer = IMAP.Framer()
        var messages = 0
        try bytes.withUnsafeBytes { all in
            var position = 0
            while position < all.count {
                let end = min(position + 65_536, all.count)
                try framer.feed(UnsafeRawBufferPointer(rebasing: all[position..<end])) { event in
                    if case .response(let frame) = event, case .untagged(.fetch) = try IMAP.Parser.parse(frame) { messages += 1 }
                    return true
                }
                position = end
            }
        }
        report("parse \(round)", start, processor, bytes: bytes.count, messages: messages)
    }
}

do {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "fetch": try await fetch("fetch", Array(arguments.dropFirst()), [.body(.whole)])
    case "headers": try await fetch("headers", Array(arguments.dropFirst()), [.flags, .envelope, .bodyStructure])
    case "idle": try await Idle.run(Array(arguments.dropFirst()))
    case "parse" where arguments.count == 2: try parse(arguments[1])
    default: throw Usage()
    }
} catch is Usage {
    print("imapbench fetch|headers HOST PORT tls|none USER PASSWORD CA [MAILBOX]\nimapbench parse FILE\nimapbench idle [COUNT]")
    exit(64)
}
