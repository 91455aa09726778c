/// What each folder is for: the server's word first, then its name in the languages people have.
enum FolderRoles {
    /// The roles of a listing by path. No role is given twice.
    static func roles(of listing: [ServerMailbox]) -> [String: MailboxRole] {
        var roles: [String: MailboxRole] = [:]
        var taken: Set<MailboxRole> = []
        for mailbox in listing {
            let said = mailbox.path.uppercased() == "INBOX" ? MailboxRole.inbox : mailbox.role
            guard let role = said, taken.insert(role).inserted else { continue }
            roles[mailbox.path] = role
        }
        for (role, names) in known where !taken.contains(role) {
            // The first name of the table that some folder near the top has: "Sent" before "Sent Items".
            for name in names {
                let candidates = listing.filter { roles[$0.path] == nil && $0.isSelectable && isNearTop($0) && lastName($0) == name }
                guard let chosen = candidates.min(by: { $0.path.utf8.count < $1.path.utf8.count }) else { continue }
                roles[chosen.path] = role
                taken.insert(role)
                break
            }
        }
        return roles
    }

    private static func lastName(_ mailbox: ServerMailbox) -> String {
        guard let separator = mailbox.separator?.first else { return mailbox.path.lowercased() }
        return (mailbox.path.split(separator: separator).last.map(String.init) ?? mailbox.path).lowercased()
    }

    /// At the top, below INBOX or below a provider's own root: `[Gmail]/Sent Mail`, `INBOX.Sent`.
    private static func isNearTop(_ mailbox: ServerMailbox) -> Bool {
        guard let separator = mailbox.separator?.first else { return true }
        let parts = mailbox.path.split(separator: separator)
        if parts.count <= 1 { return true }
        guard parts.count == 2 else { return false }
        let root = parts[0].lowercased()
        return root == "inbox" || root == "[gmail]" || root == "[google mail]" || root == "mail"
    }

    private static let known: [(MailboxRole, [String])] = [
        (
            .sent,
            [
                "sent", "sent mail", "sent items", "sent messages", "отправленные", "отправленная почта", "исходящие", "gesendet",
                "gesendete elemente", "gesendete objekte", "envoyés", "messages envoyés", "éléments envoyés", "enviados",
                "elementos enviados", "mensajes enviados", "itens enviados", "posta inviata", "inviati", "надіслані", "відправлені",
                "wysłane", "elementy wysłane", "verzonden", "verzonden items", "skickat", "sendt", "lähetetyt", "odeslané", "gönderilmiş",
                "送信済み", "送信済みメール", "已发送", "已發送", "보낸 편지함", "已发邮件",
            ]
        ),
        (
            .drafts,
            [
                "drafts", "draft", "черновики", "entwürfe", "brouillons", "borradores", "rascunhos", "bozze", "чернетки", "kopie robocze",
                "wersje robocze", "concepten", "utkast", "kladder", "luonnokset", "koncepty", "taslaklar", "下書き", "草稿", "草稿箱",
                "임시 보관함",
            ]
        ),
        (
            .trash,
            [
                "trash", "deleted", "deleted items", "deleted messages", "bin", "корзина", "удаленные", "удалённые", "gelöscht",
                "gelöschte elemente", "papierkorb", "corbeille", "éléments supprimés", "papelera", "elementos eliminados", "lixeira",
                "itens excluídos", "cestino", "posta eliminata", "кошик", "видалені", "kosz", "elementy usunięte", "prullenbak",
                "verwijderde items", "papperskorgen", "papirkurv", "roskakori", "koš", "çöp kutusu", "ゴミ箱", "垃圾桶", "已删除",
                "已刪除", "휴지통",
            ]
        ),
        (
            .junk,
            [
                "junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk mail", "спам", "нежелательная почта", "spamverdacht",
                "unerwünscht", "indésirables", "courrier indésirable", "pourriel", "correo no deseado", "lixo eletrônico",
                "posta indesiderata", "wiadomości-śmieci", "ongewenst", "ongewenste e-mail", "skräppost", "uønsket", "roskaposti",
                "nevyžádaná pošta", "önemsiz", "迷惑メール", "垃圾邮件", "垃圾郵件", "스팸",
            ]
        ),
        (
            .archive,
            [
                "archive", "archives", "архив", "archiv", "archivo", "archivio", "arquivo", "архів", "archiwum", "archief", "arkiv",
                "arkisto", "arşiv", "アーカイブ", "归档", "存档",
            ]
        ),
    ]
}
