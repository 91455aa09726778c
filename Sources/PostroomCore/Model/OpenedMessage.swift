import MailMIME

extension MIMEMessage {
    /// A message as people see it: files inside `winmail.dat` and uuencoded text are parts of it.
    ///
    /// Everything that gives out or takes part numbers reads messages this way, so that a number means the same everywhere.
    public static func opened(_ source: [UInt8]) -> MIMEMessage {
        parse(source, options: ParseOptions(unpacksAttachments: true))
    }
}
