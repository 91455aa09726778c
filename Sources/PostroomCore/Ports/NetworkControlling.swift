/// Which networks and certificate authorities the mail side accepts; changes hold at once, without a restart.
public protocol NetworkControlling: Sendable {
    /// CIDR blocks beside those of the command line. Throws a `Problem` that names a block that can't be read.
    func allow(networks: [String]) throws
    /// PEM certificates of further authorities; empty takes them away.
    func trust(certificates pem: String) throws
    /// Tells other nodes, once the settings hold what was allowed here.
    func announce() async
}
