// The work of README.md by MailMIME. usage: mailmime envelope|structure|text DIRECTORY
import Glibc

@main
enum MIMEBenchmark {
    static func main() {
        let arguments = CommandLine.arguments
        if arguments.count == 4, arguments[1] == "memory" { return memory(arguments[2], arguments[3]) }
        guard arguments.count == 3, let directory = opendir(arguments[2]) else { exit(64) }
        let limit = getenv("LIMIT").flatMap { Int(String(cString: $0)) } ?? .max
        var (spent, messages, total, checksum) = (0.0, 0, 0, 0)
        while messages < limit, let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix("."), let bytes = read(arguments[2] + "/" + name) else { continue }
            let start = seconds()
            checksum += work(arguments[1], bytes)
            spent += seconds() - start
            messages += 1
            total += bytes.count
        }
        closedir(directory)
        print("mailmime \(arguments[1]) \(messages) \(total) \(spent) \(checksum)")
    }

    /// What one message takes beside its own bytes, at its highest.
    static func memory(_ mode: String, _ path: String) {
        guard let bytes = read(path) else { exit(66) }
        // What is set up once is not the message's.
        _ = work(mode, Array("Subject: a\n\nb\n".utf8))
        if let reset = fopen("/proc/self/clear_refs", "w") {
            fputs("5", reset)
            fclose(reset)
        }
        let before = statusKB("VmRSS:")
        let checksum = work(mode, bytes)
        print("mailmime memory \(mode) \(bytes.count) \((statusKB("VmHWM:") - before) * 1024) \(checksum)")
    }

    static func statusKB(_ name: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if text.hasPrefix(name) { return text.split(separator: " ").dropLast().last.flatMap { Int($0.filter(\.isNumber)) } ?? 0 }
        }
        return 0
    }

    static func work(_ mode: String, _ bytes: [UInt8]) -> Int {
        if mode == "envelope" {
            let message = MIMEMessage.parseHeaders(bytes)
            var sum = message.subject?.utf8.count ?? 0
            sum += message.from.count + message.to.count + message.cc.count
            sum += message.date == nil ? 0 : 1
            return sum + (message.messageID?.utf8.count ?? 0)
        }
        let message = MIMEMessage.parse(bytes)
        guard mode == "text" else { return message.parts.count }
        var sum = message.parts.count
        for part in message.parts where !part.isMultipart && !part.isMessage {
            if part.mediaType.type == "text" {
                sum += message.text(of: part.index).text.utf8.count
            } else {
                sum += message.decodedSize(of: part.index)
            }
        }
        return sum
    }

    static func seconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = Int(status.st_size)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(0, Glibc.read(file, buffer.baseAddress, size))
        }
    }
}
