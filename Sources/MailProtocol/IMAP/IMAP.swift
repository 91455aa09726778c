/// The Internet Message Access Protocol as values: IMAP4rev1 (RFC 3501), IMAP4rev2 (RFC 9051) and their extensions.
///
/// Nothing here does I/O. ``Framer`` cuts a server's bytes into responses, ``Parser`` turns one response into a value,
/// ``Command`` encodes what a client says, and the small machines (``IdleDialogue``, ``AppendDialogue``,
/// ``AuthenticateDialogue``, ``StartTLSDialogue``, ``CompressDialogue``) say what comes next in a sub-dialogue.
public enum IMAP {
    /// Raw bytes that share the storage of the response they came in.
    public typealias Bytes = ArraySlice<UInt8>
}

/// A message's unique identifier in one mailbox under one UIDVALIDITY: 1...4294967295 (RFC 9051, section 2.3.1.1).
public typealias UID = UInt32

/// A modification sequence number: 63 bits, never negative (RFC 7162, section 3.1).
public typealias ModSeq = UInt64
