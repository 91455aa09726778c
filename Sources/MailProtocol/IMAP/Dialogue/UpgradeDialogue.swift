extension IMAP {
    /// What changes the line itself: STARTTLS (RFC 9051, section 6.2.1) and COMPRESS (RFC 4978).
    public enum UpgradeDialogue {
        public enum StartTLSAction: Sendable, Hashable {
            case beginHandshake
            /// The server will not: never a reason to go on in plaintext.
            case refused(Status)
            /// Bytes follow the server's OK in the same breath: somebody put them there before the handshake (CVE-2011-0411).
            case injected(byteCount: Int)
        }

        public static func startTLS(answer: Status, leftover: Int) -> StartTLSAction {
            guard answer.condition == .ok else { return .refused(answer) }
            return leftover == 0 ? .beginHandshake : .injected(byteCount: leftover)
        }

        public enum CompressAction: Sendable, Hashable {
            /// From here on both directions are compressed; what is left over already is.
            case begin
            /// Go on as before.
            case stay(Status)
        }

        public static func compress(answer: Status) -> CompressAction { answer.condition == .ok ? .begin : .stay(answer) }
    }
}
