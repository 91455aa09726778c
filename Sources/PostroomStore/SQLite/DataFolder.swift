import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why a data folder can't be used.
public enum DataFolderError: Error, Sendable, Hashable {
    /// Another process holds it; its process id where it could be read.
    case inUse(path: String, pid: Int32?)
    case notWritable(path: String)
}

/// A data folder held by this process alone, until it is released.
///
/// The lock is the kernel's (flock): it ends with the process however that ends, so a leftover file means nothing.
final class DataFolder: Sendable {
    let path: String
    private let lock: CInt

    /// Makes the folder where it is missing (mode 0700) and locks it.
    init(path: String) throws {
        self.path = path
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard isFolder.boolValue else { throw DataFolderError.notWritable(path: path) }
        } else {
            do {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw DataFolderError.notWritable(path: path)
            }
        }
        let file = path + "/postroom.lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DataFolderError.notWritable(path: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = read(descriptor, &buffer, buffer.count)
            close(descriptor)
            let text = String(decoding: buffer.prefix(max(0, count)).prefix { $0 >= 0x30 && $0 <= 0x39 }, as: UTF8.self)
            throw DataFolderError.inUse(path: path, pid: Int32(text))
        }
        let pid = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        write(descriptor, pid, pid.count)
        lock = descriptor
    }

    deinit { close(lock) }
}
