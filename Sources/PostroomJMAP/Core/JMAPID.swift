import PostroomCore

/// The wire form of ids (RFC 8620 §1.2): a letter for the type and the number.
enum JMAPID {
    /// True for 1 to 255 letters, digits, "-" and "_".
    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    /// An id, or "#" and a creation id.
    static func isValidReference(_ text: String) -> Bool {
        text.utf8.first == UInt8(ascii: "#") ? isValid(String(text.dropFirst())) : isValid(text)
    }

    /// The number after the letter; nil for anything that was never given out.
    private static func number(_ text: String, _ letter: UInt8) -> Int64? {
        let units = text.utf8
        guard units.first == letter, units.count > 1, units.count < 20 else { return nil }
        let digits = units.dropFirst()
        guard digits.first != 0x30, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int64(text.dropFirst())
    }

    static func account(_ text: String) -> AccountID? { number(text, UInt8(ascii: "a")).map(AccountID.init) }
    static func mailbox(_ text: String) -> MailboxID? { number(text, UInt8(ascii: "m")).map(MailboxID.init) }
    static func email(_ text: String) -> EmailID? { number(text, UInt8(ascii: "e")).map(EmailID.init) }
    static func thread(_ text: String) -> ThreadID? { number(text, UInt8(ascii: "t")).map(ThreadID.init) }
    static func identity(_ text: String) -> IdentityID? { number(text, UInt8(ascii: "i")).map(IdentityID.init) }
    static func submission(_ text: String) -> SubmissionID? { number(text, UInt8(ascii: "s")).map(SubmissionID.init) }
}

extension AccountID { public var jmap: String { "a\(value)" } }
extension MailboxID { public var jmap: String { "m\(value)" } }
extension EmailID { public var jmap: String { "e\(value)" } }
extension ThreadID { public var jmap: String { "t\(value)" } }
extension IdentityID { public var jmap: String { "i\(value)" } }
extension SubmissionID { public var jmap: String { "s\(value)" } }

extension DataType {
    /// The letter of its ids.
    var letter: String {
        switch self {
        case .mailbox: "m"
        case .thread: "t"
        case .email, .emailDelivery: "e"
        case .identity: "i"
        case .submission: "s"
        case .quota: "q"
        }
    }
}
