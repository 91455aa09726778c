extension IMAP {
    /// The habits of real servers that differ from the RFCs and that we understand all the same.
    ///
    /// None depends on a host's name: what a server sends, or says of itself, decides. `docs/quirks.md` tells of each; a test with the
    /// same name holds a transcript.
    public enum Quirk: String, Sendable, CaseIterable {
        case appendAnswersWithoutUID
        case badEscapes
        case bareResponseCode
        case breakInsideFetch
        case capabilitiesInLoginAnswer
        case deepThreads
        case doubleSpaces
        case emptyDelimiter
        case emptyStringForList
        case envelopeWithoutQuotes
        case flagsAsStrings
        case fuzzyPreview
        case idBeforeSelect
        case idWithPlus
        case lowerCaseSpecialUse
        case missingMessageInRFC822
        case multipartWithoutParts
        case negativeNumbers
        case nilNumbers
        case noTextInStatus
        case quotaWithoutList
        case spamAttribute
        case throttlingInWords
        case unsolicitedFetchDuringFetch
        case unsortedSearch
        case utf8MailboxName
        case vanishedWithoutSet
        case xlist
        case zeroUID
    }
}
