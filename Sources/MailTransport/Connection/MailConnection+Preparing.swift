import NIOPosix

extension MailConnection {
    /// Makes what the first connection of a process makes before it can begin, whatever it is to: for programs that know early that there will be one.
    public static func prepare() {
        _ = MultiThreadedEventLoopGroup.singleton
        // Where it fails, the connection says why.
        _ = try? TLSContexts.context(for: nil)
        _ = SystemAuthorities.shared.count
    }
}
