/// The signs by which programs mark a quoted message, in the languages of the large ones.
enum QuoteMarks {
    static func isMarked(_ line: Substring) -> Bool {
        if let answer = LineShape.isMarked(line) { return answer }
        let text = line.drop { $0 == " " || $0 == "\t" }
        return text.first == ">" || text.first == "|" && text.dropFirst().first == " "
    }

    /// A line of dashes, underscores or the like and nothing else.
    static func isRule(_ line: Substring) -> Bool {
        let text = line.filter { !$0.isWhitespace }
        return text.count >= 3 && text.allSatisfy { $0 == "-" || $0 == "_" || $0 == "=" || $0 == "*" || $0 == "—" }
    }

    /// `-----Original Message-----`, `Begin forwarded message:` and the like.
    static func isSeparator(_ line: Substring) -> Bool {
        guard LineShape.maySeparate(line) else { return false }
        let trimmed = line.drop { $0.isWhitespace || $0 == "*" }
        guard let first = trimmed.first, trimmed.utf8.count < 120 else { return false }
        let lower = trimmed.lowercased()
        if first == "-" || first == "_" || first == "=" {
            let words = lower.filter { $0 != "-" && $0 != "_" && $0 != "=" && $0 != "*" && $0 != ">" }.trimmingSpaces
            return separators.contains(words)
        }
        return lower.hasPrefix("begin forwarded message") || lower.hasPrefix("anfang der weitergeleiteten")
            || lower.hasPrefix("début du message")
            || lower.hasPrefix("начало переадресованного") || lower.hasPrefix("начало переадресуемого")
    }

    private static let separators: Set<String> = [
        "original message", "original appointment", "forwarded message", "reply message", "original mail", "reply above this line",
        "ursprüngliche nachricht", "originalnachricht", "original nachricht", "weitergeleitete nachricht", "message d'origine",
        "message original",
        "message transféré", "mensaje original", "mensaje reenviado", "messaggio originale", "messaggio inoltrato", "mensagem original",
        "mensagem encaminhada", "oorspronkelijk bericht", "doorgestuurd bericht", "исходное сообщение", "пересылаемое сообщение",
        "пересланное сообщение", "original-nachricht", "oryginalna wiadomość", "wiadomość oryginalna", "původní zpráva",
        "alkuperäinen viesti",
        "ursprungligt meddelande", "opprinnelig melding", "oprindelig meddelelse", "원본 메시지", "原始邮件", "原始郵件", "元のメッセージ",
        "перенаправлене повідомлення",
        "оригінальне повідомлення", "eredeti üzenet", "mesajul original", "orijinal ileti",
    ]

    /// How many lines from the first on are one introduction, `On Monday X wrote:`; nil where they are none.
    static func attributionLength(_ lines: ArraySlice<Substring>) -> Int? {
        guard lines.prefix(3).contains(where: LineShape.mayIntroduce), let first = lines.first, !first.isBlank else { return nil }
        var text = ""
        for (number, line) in lines.prefix(3).enumerated() {
            // A wrapped introduction may end in a line ">:" of its own, which looks like a quote.
            if line.isBlank || (number > 0 && isMarked(line) && line.trimmingSpaces != ">:") { return nil }
            text += (text.isEmpty ? "" : " ") + line.trimmingSpaces
            guard text.utf8.count < 400 else { return nil }
            if isAttribution(text) { return number + 1 }
        }
        return nil
    }

    private static func isAttribution(_ text: String) -> Bool {
        guard let last = text.last else { return false }
        if last == "-", text.hasPrefix("--") {
            // "---- On Tue, 22 Dec 2015 14:17:36 A <a@b> wrote ----"
            let words = text.filter { $0 != "-" }.trimmingSpaces.lowercased()
            return words.hasPrefix("on ") && words.hasSuffix(" wrote") && words.contains(where: \.isNumber)
        }
        guard last == ":" || last == "：" else { return false }
        // "2016-10-24 15:36 GMT+02:00 A <a@b>:"
        if text.hasSuffix(">:"), text.contains("@"), text.first?.isNumber == true, text.prefix(20).filter(\.isNumber).count >= 8 {
            return true
        }
        let words = text.dropLast().trimmingSpaces.lowercased()
        let hasWho = words.contains("@") || words.contains { $0.isNumber }
        if endings.contains(where: { words.hasSuffix($0) }) {
            return hasWho && (words.contains("@") || words.contains(":") || words.utf8.count > 20)
        }
        // The verb stands earlier: "schrieb am 3. Mai 2016 um 10:00 Uhr Max:", "ha scritto il ...".
        return hasWho && middles.contains { words.contains($0) } && (words.contains("@") || words.filter(\.isNumber).count >= 5)
    }

    private static let endings = [
        " wrote", " writes", " schrieb", " geschrieben", " a écrit", " écrit", " escribió", " ha scritto", " scritto", " escreveu",
        " schreef", " skrev",
        " kirjoitti", " napisał", " napisał(a)", " napisała", " pisze", " napsal", " napsal(a)", " napísal", " пишет", " написал",
        " написала",
        " написал(а)", " пише", " написав", " написала", " yazdı", " şunu yazdı", "写道", "寫道", " 写道", "のメッセージ", "님이 작성", " 작성", " írta",
        " a scris", " έγραψε", "כתב",
        "כתבה", " said", " via discourse meta",
    ]
    private static let middles = [
        " schrieb ", " wrote ", " skrev ", " schreef ", " ha scritto ", " escribió ", " a écrit ", " написал ", " пишет ",
    ]

    /// `From: ... Sent: ... To: ... Subject:` in any of the languages: at least three fields, the first a sender or date.
    static func isHeaderBlock(_ lines: ArraySlice<Substring>) -> Bool {
        guard let first = lines.first, LineShape.mayBeField(first), let name = fieldName(first),
            senders.contains(name) || dates.contains(name) || subjects.contains(name)
        else { return false }
        var kinds: Set<Int> = []
        var misses = 0
        for line in lines.prefix(10) {
            guard let name = fieldName(line) else {
                misses += 1
                if misses > 2 { break }
                continue
            }
            if senders.contains(name) { kinds.insert(0) }
            if dates.contains(name) { kinds.insert(1) }
            if receivers.contains(name) { kinds.insert(2) }
            if subjects.contains(name) { kinds.insert(3) }
        }
        return kinds.count >= 3 || (kinds.contains(0) && kinds.contains(1)) || (kinds.contains(0) && kinds.contains(3))
    }

    private static func fieldName(_ line: Substring) -> String? {
        if let name = LineShape.fieldName(line) { return name }
        let text = line.prefix(60).filter { $0 != "*" && $0 != ">" }.trimmingSpaces
        guard let colon = text.firstIndex(where: { $0 == ":" || $0 == "：" }) else { return nil }
        let name = text[..<colon].trimmingSpaces.lowercased()
        return name.isEmpty || name.utf8.count > 40 ? nil : name
    }

    private static let senders: Set<String> = [
        "from", "von", "de", "da", "van", "från", "fra", "lähettäjä", "od", "от", "від", "kimden", "发件人", "寄件者", "差出人", "보낸 사람", "feladó",
        "expéditeur",
    ]
    private static let dates: Set<String> = [
        "sent", "date", "gesendet", "datum", "envoyé", "enviado", "enviado el", "fecha", "data", "inviato", "verzonden", "skickat", "sendt",
        "dato",
        "lähetetty", "päiväys", "wysłano", "wysłane", "odesláno", "отправлено", "дата", "надіслано", "gönderildi", "tarih", "发送时间", "日期",
        "送信日時", "보낸 날짜",
    ]
    private static let receivers: Set<String> = [
        "to", "an", "à", "para", "a", "aan", "till", "til", "vastaanottaja", "do", "komu", "кому", "kime", "收件人", "收件者", "宛先", "받는 사람",
    ]
    private static let subjects: Set<String> = [
        "subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "ämne", "emne", "aihe", "temat", "předmět", "тема", "konu", "主题",
        "主旨", "件名",
        "제목", "assunto",
    ]
}

extension StringProtocol {
    /// The text without white space at both ends.
    var trimmingSpaces: String {
        let start = drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}

/// Signatures and what telephones add.
enum ReplySignature {
    /// Where the signature begins; the end where there is none.
    static func start(in lines: ArraySlice<Substring>) -> Int {
        // A signature is short: further up such a line is something else.
        if let dashes = lines.suffix(20).lastIndex(where: { LineShape.mayBeRule($0) && ["--", "—"].contains($0.trimmingSpaces) }),
            dashes > lines.startIndex
        {
            return dashes
        }
        var start = lines.endIndex
        var at = lines.endIndex - 1
        while at >= lines.startIndex, lines[at].isBlank || isDeviceLine(lines[at]) {
            if !lines[at].isBlank { start = at }
            at -= 1
        }
        return start
    }

    /// Whether a signature begins with that line.
    static func begins(_ line: Substring) -> Bool {
        line == "-- " || ["--", "—", "___"].contains(line.trimmingSpaces) || isDeviceLine(line) || QuoteMarks.isRule(line)
    }

    /// Whether a signature might begin with that line: exact where it says no, and quick for most lines.
    static func mayBegin(_ line: Substring) -> Bool {
        if LineShape.mayBeRule(line), begins(line) { return true }
        // What telephones add is told by how the line begins.
        return LineShape.mayNameDevice(line) && isDeviceLine(line.prefix(60))
    }

    private static func isDeviceLine(_ line: Substring) -> Bool {
        guard LineShape.mayNameDevice(line) else { return false }
        let text = line.trimmingSpaces.lowercased().drop { $0 == "<" || $0 == "(" || $0 == "[" || $0 == "*" || $0 == "_" }
        guard text.utf8.count < 160 else { return false }
        return devices.contains { text.hasPrefix($0) }
    }

    /// Each has at least four octets.
    static let devices = [
        "sent from", "sent via", "sent by", "sent with", "sent on", "get outlook for", "envoyé depuis", "envoyé de mon", "von meinem",
        "gesendet von",
        "diese nachricht wurde von meinem", "enviado desde", "enviado do meu", "inviato da", "verzonden met", "verzonden vanaf",
        "skickat från", "sendt fra",
        "wysłane z", "отправлено с", "отправлено из", "надіслано з", "從我的", "发自我的", "發自我的", "iphoneから送信", "나의 iphone에서", "odesláno z",
        "from my ",
    ]
}
