/// A SASL message as protocols carry it on a line: base64, empty for an empty message.
public enum SASLLine {
    public static func encode(_ message: [UInt8]) -> String { Base64.encode(message) }

    /// The message, nil where the line is not base64; spaces around it are forgiven.
    public static func decode(_ line: String) -> [UInt8]? {
        Base64.decode(line.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
    }
}
