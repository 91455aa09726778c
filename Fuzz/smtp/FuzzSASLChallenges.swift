// Challenges of a hostile server: an answer or a named error, never a success that was not proven, never the password in the clear.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSASL(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let selector = bytes.first else { return 0 }
    let mechanism = SASLMechanism.allCases[Int(selector) % SASLMechanism.allCases.count]
    let credentials: Credentials =
        switch mechanism {
        case .xoauth2, .oauthBearer: .bearer(login: "u@example.test", token: Secret("s3cr3t-token"))
        case .external: .external(login: "u")
        default: .password(login: "u", password: Secret("s3cr3t-password"))
        }
    let binding = ChannelBinding(type: "tls-server-end-point", data: [1, 2, 3])
    guard var exchange = try? SASLExchange(mechanism, credentials: credentials, channelBinding: binding, nonce: { "nonce" }) else {
        return 0
    }
    _ = exchange.initialResponse()
    let challenges = bytes.dropFirst().split(separator: 0x0A, maxSplits: 8, omittingEmptySubsequences: false).map { Array($0) }
    for challenge in challenges {
        // Half a million rounds of HMAC are permitted and find nothing new; that more are refused is a unit test's business.
        let digits = String(decoding: challenge, as: UTF8.self).split(separator: ",").first { $0.hasPrefix("i=") }?.dropFirst(2)
        if let rounds = digits.flatMap({ Int($0) }), (4_097...600_000).contains(rounds) { return 0 }
        guard let answer = try? exchange.respond(to: challenge) else { break }
        if !mechanism.revealsSecret { precondition(!String(decoding: answer, as: UTF8.self).contains("s3cr3t")) }
    }
    // Nobody finds the server's proof by chance.
    if [.scramSHA1, .scramSHA256, .scramSHA1Plus, .scramSHA256Plus].contains(mechanism) {
        precondition((try? exchange.finish(challenges.last)) == nil)
    }
    _ = SASLLine.decode(String(decoding: bytes, as: UTF8.self))
    return 0
}
