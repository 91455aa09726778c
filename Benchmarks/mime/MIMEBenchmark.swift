// The work of README.md by MailMIME. usage: mailmime envelope|structure|text DIRECTORY
import Glibc

@main
enum MIMEBenchmark {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let directory = opendir(arguments[2]) else { exit(64) }
        var (spent, messages, total, checksum) = (0.0, 0, 0, 0)
        while let entry = readdir(directory) {
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
        guard messages > 0, spent > 0 else {
            print("no messages in \(arguments[2])")
            exit(66)
        }
        let size = Double(total) / 1e6
        print(
            "mailmime \(arguments[1]): \(messages) messages, \(Int(size)) MB, \(Int(spent * 1000)) ms CPU, \(Int(Double(messages) / spent)) messages/s, \(Int(size / spent)) MB/s (\(checksum))"
        )
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
                sum += message.decodedBody(of: part).count
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
