import CResolv
import Glibc
import NIOCore

/// Asks DNS for the records that mail configuration is made of.
///
/// Uses the system's name servers, or one server of our choice. Each question is bounded in time, each answer in size. Answers are
/// not cached here: the servers do that.
public struct DNSResolver: Sendable {
    /// One name server.
    public struct Server: Sendable, Equatable {
        public var address: String
        public var port: Int

        /// An IPv4 address, or `localhost`.
        public init?(address: String, port: Int = 53) {
            let literal = address == "localhost" ? "127.0.0.1" : address
            guard let parsed = IPAddress(literal), parsed.isIPv4, (1...65535).contains(port) else { return nil }
            self.address = literal
            self.port = port
        }

        /// Reads `HOST:PORT` or `HOST`, as `--dns` takes it.
        public init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, let host = parts.first else { return nil }
            guard parts.count == 2 else {
                self.init(address: String(host))
                return
            }
            guard let port = Int(parts[1]) else { return nil }
            self.init(address: String(host), port: port)
        }
    }

    private let server: Server?
    private let secondsPerAttempt: Int
    private let attempts: Int

    /// - Parameters:
    ///   - server: nil for the system's own.
    ///   - secondsPerAttempt, attempts: their product bounds one question.
    public init(server: Server? = nil, secondsPerAttempt: Int = 3, attempts: Int = 2) {
        self.server = server
        self.secondsPerAttempt = max(1, secondsPerAttempt)
        self.attempts = max(1, attempts)
    }

    /// Mail exchangers, lowest preference first.
    public func mx(_ domain: String) async throws(DNSError) -> [MXRecord] {
        try await query(domain, .mx).answers.compactMap { if case .mx(let record) = $0.value { record } else { nil } }
            .sorted { ($0.preference, $0.host) < ($1.preference, $1.host) }
    }

    /// Services at `_service._tcp.domain`, lowest priority first, drawn by weight within a priority (RFC 2782).
    public func srv(_ name: String) async throws(DNSError) -> [SRVRecord] {
        var random = SystemRandomNumberGenerator()
        return Self.ordered(
            try await query(name, .srv).answers.compactMap { if case .srv(let record) = $0.value { record } else { nil } }, using: &random)
    }

    /// Texts, the strings of each record joined; bytes that are not UTF-8 become U+FFFD.
    public func txt(_ name: String) async throws(DNSError) -> [String] {
        try await query(name, .txt).answers.compactMap {
            if case .text(let bytes) = $0.value { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
    }

    /// The name an alias stands for, nil where there is none.
    public func alias(_ name: String) async throws(DNSError) -> String? {
        do {
            return try await query(name, .cname).answers.lazy.compactMap { if case .alias(let target) = $0.value { target } else { nil } }
                .first
        } catch .noRecords {
            return nil
        }
    }

    /// IPv6 and IPv4 addresses; a failure of one question does not matter when the other has answers.
    public func addresses(of host: String) async throws(DNSError) -> [IPAddress] {
        async let v6 = outcome(host, .aaaa)
        async let v4 = outcome(host, .a)
        let (first, second) = await (v6, v4)
        let found = ((try? first.get()) ?? []) + ((try? second.get()) ?? [])
        if !found.isEmpty { return found }
        // "No such record" of one family must not hide that the other could not be asked.
        if case .failure(let error) = second, error != .noRecords { throw error }
        if case .failure(let error) = first { throw error }
        throw .noRecords
    }

    private func outcome(_ host: String, _ type: DNSMessage.RecordType) async -> Result<[IPAddress], DNSError> {
        do {
            return .success(
                try await query(host, type).answers.compactMap { if case .address(let address) = $0.value { address } else { nil } })
        } catch {
            return .failure(error)
        }
    }

    private func query(_ name: String, _ type: DNSMessage.RecordType) async throws(DNSError) -> DNSMessage {
        guard Self.isName(name) else { throw .invalidName }
        let (server, seconds, attempts) = (server, secondsPerAttempt, attempts)
        // The thread's own time limit is met first; ours is there for a libc that does not keep it.
        let limit = TimeAmount.seconds(Int64(seconds * attempts + 2))
        let outcome = await LookupThreads.run(timeout: limit) { () -> Result<[UInt8], DNSError> in
            var answer = [UInt8](repeating: 0, count: 65535)
            let length = cresolv_query(
                name, Int32(type.rawValue), server?.address, Int32(server?.port ?? 0), Int32(seconds), Int32(attempts), &answer,
                Int32(answer.count))
            switch Int(length) {
            case Int(CRESOLV_NO_SUCH_NAME): return .failure(.noSuchName)
            case Int(CRESOLV_NO_RECORDS): return .failure(.noRecords)
            case Int(CRESOLV_TRY_AGAIN): return .failure(.timedOut)
            case Int(CRESOLV_SETUP): return .failure(.invalidServer)
            case ..<0: return .failure(.serverFailure)
            case 0...answer.count: return .success(Array(answer.prefix(Int(length))))
            default: return .failure(.malformedAnswer)
            }
        }
        guard let outcome else { throw .timedOut }
        return try DNSMessage(try outcome.get())
    }

    /// Letters, digits, hyphens and underscores in labels of 1 to 63, 253 in all.
    private static func isName(_ name: String) -> Bool {
        let trimmed = name.hasSuffix(".") ? name.dropLast() : name[...]
        guard (1...253).contains(trimmed.utf8.count) else { return false }
        return trimmed.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }

    /// RFC 2782: by priority; within one, a weighted draw without replacement, zero weights with a small chance.
    static func ordered(_ records: [SRVRecord], using random: inout some RandomNumberGenerator) -> [SRVRecord] {
        var result: [SRVRecord] = []
        for priority in Set(records.map(\.priority)).sorted() {
            var group = records.filter { $0.priority == priority }.sorted {
                ($0.weight, $0.target, $0.port) < ($1.weight, $1.target, $1.port)
            }
            while !group.isEmpty {
                var draw = Int.random(in: 0...group.reduce(0) { $0 + $1.weight }, using: &random)
                let index = group.firstIndex {
                    draw -= $0.weight
                    return draw <= 0
                }
                result.append(group.remove(at: index ?? group.count - 1))
            }
        }
        return result
    }
}
