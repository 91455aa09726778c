import MailMIME
import PostroomCore

/// Previews of emails that came in without them, as the messages of a first synchronisation do: they are written with the words
/// (``MailIndexing/index(_:of:)``), and made for each who asks before that.
enum LatePreview {
    static func make(of source: [UInt8]) -> String { EmailRow.Prepared.clean(MIMEMessage.opened(source).preview()) }

    /// A row of ``EmailRow/columns`` and `indexed`.
    static func isDue(_ row: SQLRow) -> Bool { row.int(16) < IndexLevel.all.rawValue && row.int(13) == 1 && row.text(12).isEmpty }

    static func add(
        to emails: inout [EmailID: EmailRecord], of due: [EmailID], account: AccountID, _ connection: any SQLConnection
    ) throws {
        guard !due.isEmpty else { return }
        for (email, source) in try SQLStore.sources(of: due, account: account, connection) {
            emails[email]?.content.preview = make(of: source)
        }
    }
}

extension EmailRow.Prepared {
    /// The index has the words of the email already, so that nobody comes by with the preview.
    mutating func addLatePreview(from blob: PackedBlob?) throws {
        guard content.preview.isEmpty, let blob else { return }
        content.preview = LatePreview.make(
            of: try PackedBlob.unpack(blob.data, size: blob.size, isCompressed: blob.isCompressed))
    }
}
