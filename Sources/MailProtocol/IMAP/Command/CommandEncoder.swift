extension IMAP {
    /// What the server takes, as far as the encoding of commands depends on it.
    public struct EncodingOptions: Sendable, Hashable {
        /// `{n+}` of any size (RFC 7888).
        public var literalPlus = false
        /// `{n+}` up to 4,096 bytes (RFC 7888).
        public var literalMinus = false
        /// Strings may be UTF-8 in quotes (RFC 6855), and mailbox names are UTF-8.
        public var utf8 = false

        public init(literalPlus: Bool = false, literalMinus: Bool = false, utf8: Bool = false) {
            self.literalPlus = literalPlus
            self.literalMinus = literalMinus
            self.utf8 = utf8
        }
    }

    /// A command as it is sent: pieces, between which the server is waited for.
    public struct EncodedCommand: Sendable, Hashable {
        public enum Piece: Sendable, Hashable {
            /// Send these bytes.
            case bytes([UInt8])
            /// Wait until the server says `+`.
            case awaitContinuation
            /// Send so many bytes that come from elsewhere: the message of APPEND.
            case stream(UInt64)
        }

        public var pieces: [Piece]
    }

    /// Builds the bytes of one command. Strings choose their form themselves: atom, quoted or literal.
    struct CommandEncoder {
        let options: EncodingOptions
        private(set) var pieces: [EncodedCommand.Piece] = []
        private var bytes: [UInt8] = []
        private var isGroupOpen = false

        init(tag: String, options: EncodingOptions) {
            self.options = options
            raw(tag)
        }

        mutating func finish() -> EncodedCommand {
            raw("\r\n")
            flush()
            return EncodedCommand(pieces: pieces)
        }

        private mutating func flush() {
            if !bytes.isEmpty { pieces.append(.bytes(bytes)) }
            bytes = []
        }

        mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }
        mutating func raw(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

        /// A space and a word.
        mutating func word(_ text: String) {
            separator()
            raw(text)
        }

        /// A space and an opening parenthesis, behind which the next word needs no space.
        mutating func beginGroup() {
            separator()
            raw("(")
            isGroupOpen = true
        }

        private mutating func separator() {
            if !isGroupOpen { raw(" ") }
            isGroupOpen = false
        }

        mutating func list(_ words: [String]) { word("(\(words.joined(separator: " ")))") }

        /// A string in the shortest form that carries it: atom, quoted string or literal.
        mutating func astring(_ text: some Collection<UInt8>) {
            raw(" ")
            string(text, mayBeAtom: true)
        }

        mutating func astring(_ text: String) { astring(text.utf8) }

        mutating func string(_ text: some Collection<UInt8>, mayBeAtom: Bool) {
            if mayBeAtom, !text.isEmpty, text.allSatisfy(Self.isPlain), !Self.isNIL(text) { return raw(text) }
            // A quoted string may not hold CR, LF or NUL, and nothing over 127 unless the server takes UTF-8.
            let quotable = text.count <= 1_000 && text.allSatisfy { $0 >= 0x20 && $0 != 0x7F && ($0 < 0x80 || options.utf8) }
            guard !quotable else {
                raw("\"")
                for byte in text {
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                    bytes.append(byte)
                }
                return raw("\"")
            }
            literalHeader(count: UInt64(text.count))
            raw(text)
        }

        /// A literal of bytes that the caller sends.
        mutating func stream(_ count: UInt64, isBinary: Bool) {
            raw(isBinary ? " ~" : " ")
            literalHeader(count: count)
            flush()
            pieces.append(.stream(count))
        }

        private mutating func literalHeader(count: UInt64) {
            let isSynchronizing = !(options.literalPlus || options.literalMinus && count <= 4_096)
            raw("{\(count)\(isSynchronizing ? "" : "+")}\r\n")
            guard isSynchronizing else { return }
            flush()
            pieces.append(.awaitContinuation)
        }

        /// Bytes that are part of an atom for every server: no wildcard, no bracket, no control, no quote.
        private static func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "$"), UInt8(ascii: "@"): true
            default: false
            }
        }

        private static func isNIL(_ text: some Collection<UInt8>) -> Bool {
            text.count == 3 && String(decoding: text, as: UTF8.self).asciiUppercased == "NIL"
        }
    }
}
