import MailMIME

/// The words for what delivery reports say, in one language.
public struct DeliveryPhrases: Sendable {
    /// `{recipient}` stands for the address.
    public var failed: String
    public var delayed: String
    /// What to do while the server goes on trying.
    public var waiting: String
    /// Why, and what to do about it.
    public var reasons: [DeliveryReport.Reason: Phrase]
}

extension DeliveryPhrases {
    static let english = DeliveryPhrases(
        failed: "Not delivered to {recipient}", delayed: "Not delivered to {recipient} yet",
        waiting: "The mail server goes on trying by itself, so do not send again.",
        reasons: [
            .unknownRecipient: Phrase(
                "There is no such mailbox.", fix: "Check the spelling of the address, and send again to the right one."),
            .mailboxFull: Phrase("The recipient's mailbox is full.", fix: "Send again later, or reach the recipient another way."),
            .tooLarge: Phrase(
                "The message is too large for the recipient's server.", fix: "Send smaller files, or a link to them."),
            .unknownHost: Phrase(
                "There is no mail server for this domain.", fix: "Check what stands after the “@”, and send again to the right address."),
            .unreachable: Phrase("The recipient's server can't be reached.", fix: "Send again later, or reach the recipient another way."),
            .rejectedAsSpam: Phrase(
                "The recipient's server took the message for spam.",
                fix: "Write it in other words, with fewer links and files, or reach the recipient another way."),
            .blocked: Phrase(
                "The recipient's server takes no mail from your mail server.",
                fix: "Tell your mail administrator: the server stands on a block list or has a bad name there."),
            .policy: Phrase(
                "The recipient's server does not allow it.",
                fix: "Read the server's words below, or ask the recipient to let your mail in."),
            .authentication: Phrase(
                "The recipient's server is not sure that the message is yours.",
                fix: "Tell your mail administrator: SPF, DKIM or DMARC of your domain is not set up right."),
            .disabledMailbox: Phrase("The recipient's mailbox is switched off.", fix: "Reach the recipient another way."),
            .recipientMoved: Phrase("The recipient has moved to another address.", fix: "Find out the new address, and send again there."),
            .contentError: Phrase(
                "The recipient's server can't take the message as it is.",
                fix: "Read the server's words below, change the message or its files, and send again."),
            .loop: Phrase(
                "The message went round in circles.", fix: "Tell the recipient that mail to this address is forwarded in a circle."),
            .expired: Phrase(
                "The mail server has tried in vain and given up.", fix: "Send again later, or reach the recipient another way."),
            .systemError: Phrase("A mail server on the way had a fault.", fix: "Send again later."),
            .rateLimited: Phrase("The recipient's server takes no more mail for now.", fix: "Send again later."),
            .other: Phrase(
                "The recipient's server did not take it.", fix: "Read the server's words below, and send again if they allow it."),
        ])

    static let russian = DeliveryPhrases(
        failed: "Не доставлено: {recipient}", delayed: "Пока не доставлено: {recipient}",
        waiting: "Почтовый сервер продолжает попытки сам, отправлять снова не нужно.",
        reasons: [
            .unknownRecipient: Phrase("Такого ящика нет.", fix: "Проверьте адрес и отправьте письмо на правильный."),
            .mailboxFull: Phrase("Ящик получателя переполнен.", fix: "Отправьте позже или свяжитесь с получателем иначе."),
            .tooLarge: Phrase("Письмо слишком велико для сервера получателя.", fix: "Отправьте файлы поменьше или ссылку на них."),
            .unknownHost: Phrase(
                "У этого домена нет почтового сервера.", fix: "Проверьте, что написано после «@», и отправьте на правильный адрес."),
            .unreachable: Phrase("До сервера получателя не добраться.", fix: "Отправьте позже или свяжитесь с получателем иначе."),
            .rejectedAsSpam: Phrase(
                "Сервер получателя принял письмо за спам.",
                fix: "Напишите иначе, с меньшим числом ссылок и файлов, или свяжитесь с получателем по-другому."),
            .blocked: Phrase(
                "Сервер получателя не принимает почту от вашего сервера.",
                fix: "Сообщите администратору почты: сервер попал в чёрный список или у него там плохая репутация."),
            .policy: Phrase(
                "Правила сервера получателя этого не разрешают.",
                fix: "Прочитайте слова сервера ниже или попросите получателя разрешить вашу почту."),
            .authentication: Phrase(
                "Сервер получателя не уверен, что письмо от вас.",
                fix: "Сообщите администратору почты: SPF, DKIM или DMARC вашего домена настроены неверно."),
            .disabledMailbox: Phrase("Ящик получателя отключён.", fix: "Свяжитесь с получателем иначе."),
            .recipientMoved: Phrase("У получателя новый адрес.", fix: "Узнайте новый адрес и отправьте письмо туда."),
            .contentError: Phrase(
                "Сервер получателя не может принять письмо в таком виде.",
                fix: "Прочитайте слова сервера ниже, измените письмо или файлы и отправьте снова."),
            .loop: Phrase("Письмо ходило по кругу.", fix: "Скажите получателю, что пересылка с этого адреса замкнулась в круг."),
            .expired: Phrase(
                "Почтовый сервер долго пытался и сдался.", fix: "Отправьте позже или свяжитесь с получателем иначе."),
            .systemError: Phrase("На одном из серверов по пути произошёл сбой.", fix: "Отправьте позже."),
            .rateLimited: Phrase("Сервер получателя пока не принимает больше писем.", fix: "Отправьте позже."),
            .other: Phrase(
                "Сервер получателя не принял письмо.", fix: "Прочитайте слова сервера ниже и, если они это допускают, отправьте снова."),
        ])
}

extension DeliveryReport.Reason {
    /// As the REST API names it: `unknown-recipient`.
    public var code: String {
        rawValue.reduce(into: "") { code, letter in
            if letter.isUppercase { code += "-" }
            code += letter.lowercased()
        }
    }
}
