/// How a message is read.
public struct ParseOptions: Sendable {
    public var limits: MIMELimits

    /// Make parts out of `winmail.dat` (TNEF) and of uuencoded files in plain text: they follow the part that carries
    /// them, one deeper, as ``MIMEPart/isDerived`` parts. Off: the structure is that of the RFCs alone.
    public var unpacksAttachments: Bool

    public init(limits: MIMELimits = .standard, unpacksAttachments: Bool = false) {
        self.limits = limits
        self.unpacksAttachments = unpacksAttachments
    }
}
