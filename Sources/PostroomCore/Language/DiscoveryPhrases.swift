/// The words of discovery in one language.
public struct DiscoveryPhrases: Sendable {
    public var sources: [DiscoverySource: String]
    /// `{name}` stands for a detail.
    public var notes: [DiscoveryNote.Code: String]
    public var cautions: [DiscoveryCandidate.Caution: String]

    public init(
        sources: [DiscoverySource: String], notes: [DiscoveryNote.Code: String], cautions: [DiscoveryCandidate.Caution: String]
    ) {
        self.sources = sources
        self.notes = notes
        self.cautions = cautions
    }
}

extension DiscoveryNote {
    /// For a person.
    public func text(in language: Language) -> String {
        let phrases = language.catalogue.discovery
        var values = details
        if let source = details["source"].flatMap(DiscoverySource.init(rawValue:)) { values["source"] = phrases.sources[source] }
        if let cause = details["cause"].flatMap(DiagnosisCause.init(rawValue:)), let phrase = language.catalogue.causes[cause] {
            values["reason"] = phrase.filled(with: details).title
        } else if details["cause"] != nil {
            values["reason"] = phrases.notes[.unsupportedSignIn]
        }
        return Phrase(phrases.notes[code] ?? code.rawValue).filled(with: values).title
    }
}

extension DiscoveryPhrases {
    static let english = DiscoveryPhrases(
        sources: [
            .directory: "Directory of domains", .catalogue: "Built-in catalogue", .pacc: "The domain's own settings (PACC)",
            .autoconfig: "Autoconfig", .srv: "DNS (SRV)", .mx: "Mail exchanger of a known service", .autodiscover: "Autodiscover",
            .guess: "Usual server names",
        ],
        notes: [
            .verified: "Both servers answer and their certificates hold.", .overruled: "It works, but “{source}” is trusted more.",
            .notNeeded: "Not needed: a more trusted source had answered.", .noAnswer: "Nothing is published there.",
            .timedOut: "No answer in time.", .unknownHost: "The name {host} does not exist.",
            .nameServerFailure: "The name servers could not be asked.", .unreachable: "{host} could not be reached.",
            .addressNotAllowed: "{host} leads into a private network, which is not allowed.",
            .certificate: "The certificate of {host} does not hold.",
            .insecureRedirect: "It redirects to an unprotected address: not followed.",
            .tooManyRedirects: "It redirects too often.", .httpStatus: "{url} answers with status {status}.",
            .tooLarge: "The answer is larger than such a document may be.", .notThisDocument: "What {url} answers is no configuration.",
            .documentTypeRefused: "The document declares entities, which is refused.", .malformed: "The document can't be read.",
            .noIMAP: "No usable IMAP server is named.", .noSubmission: "No usable server for sending is named.",
            .anotherAddress: "The answer is about another mailbox: {address}.",
            .digestMissing: "DNS holds no digest of the document.", .digestMismatch: "The digest in DNS does not fit the document.",
            .notOffered: "The domain says that it offers no such service.",
            .unsupportedSignIn: "No way to sign in that Postroom knows is offered.",
            .receivingFailed: "Receiving ({host}:{port}): {reason}",
            .sendingFailed: "Sending ({host}:{port}): {reason}", .unverified: "The servers could not be checked from here now.",
        ],
        cautions: [
            .guessed: "These servers were guessed: nobody named them for this address. Go on only if you know them.",
            .otherDomain: "The servers belong to another domain, and only unprotected DNS says so. Go on only if you know them.",
            .insecure: "One of the servers takes the password unprotected.",
        ])

    static let russian = DiscoveryPhrases(
        sources: [
            .directory: "Справочник доменов", .catalogue: "Встроенный каталог", .pacc: "Настройки самого домена (PACC)",
            .autoconfig: "Autoconfig", .srv: "DNS (SRV)", .mx: "Почтовый сервер известной службы", .autodiscover: "Autodiscover",
            .guess: "Обычные имена серверов",
        ],
        notes: [
            .verified: "Оба сервера отвечают, их сертификаты в порядке.", .overruled: "Работает, но источник «{source}» надёжнее.",
            .notNeeded: "Не понадобилось: ответил более надёжный источник.", .noAnswer: "Там ничего не опубликовано.",
            .timedOut: "Ответ не пришёл вовремя.", .unknownHost: "Имени {host} не существует.",
            .nameServerFailure: "Серверы имён недоступны.", .unreachable: "До {host} не удалось дойти.",
            .addressNotAllowed: "{host} ведёт в частную сеть, это не разрешено.",
            .certificate: "Сертификат {host} не прошёл проверку.", .insecureRedirect: "Перенаправляет на незащищённый адрес: туда не идём.",
            .tooManyRedirects: "Слишком много перенаправлений.", .httpStatus: "{url} отвечает с кодом {status}.",
            .tooLarge: "Ответ больше, чем может быть такой документ.", .notThisDocument: "То, что отвечает {url}, не настройки почты.",
            .documentTypeRefused: "Документ объявляет сущности, это запрещено.", .malformed: "Документ не читается.",
            .noIMAP: "Подходящий сервер IMAP не назван.", .noSubmission: "Подходящий сервер отправки не назван.",
            .anotherAddress: "Ответ о другом ящике: {address}.",
            .digestMissing: "В DNS нет контрольной суммы документа.", .digestMismatch: "Контрольная сумма в DNS не подходит к документу.",
            .notOffered: "Домен сообщает, что такой службы у него нет.",
            .unsupportedSignIn: "Не предлагается ни одного известного Postroom способа входа.",
            .receivingFailed: "Приём ({host}:{port}): {reason}", .sendingFailed: "Отправка ({host}:{port}): {reason}",
            .unverified: "Проверить серверы отсюда сейчас не удалось.",
        ],
        cautions: [
            .guessed: "Эти серверы угаданы: для этого адреса их никто не называл. Продолжайте, только если они вам известны.",
            .otherDomain:
                "Серверы принадлежат другому домену, и говорит об этом только незащищённый DNS. Продолжайте, только если они вам известны.",
            .insecure: "Один из серверов принимает пароль без защиты.",
        ])
}
