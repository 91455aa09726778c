/// A mailbox: an address and the name it is shown with.
public struct MailAddress: Sendable, Hashable {
    /// The display name, decoded; nil where there is none.
    public var name: String?

    /// The address, `local@domain`, without angle brackets, comments and white space.
    public var address: String

    public init(name: String? = nil, address: String) {
        self.name = name
        self.address = address
    }
}

/// A group of mailboxes (RFC 5322 section 3.4), or, without a name, consecutive mailboxes outside any group.
public struct AddressGroup: Sendable, Hashable {
    public var name: String?
    public var addresses: [MailAddress]

    public init(name: String?, addresses: [MailAddress]) {
        self.name = name
        self.addresses = addresses
    }
}
