import Testing

@testable import MailMIME

@Suite struct DateTests {
    @Test(arguments: [
        ("Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
        ("1 Jul 2003 10:52 -0330", "2003-07-01T10:52:00-03:30"),
        ("Fri, 21 Nov 97 09:55:06 -0600", "1997-11-21T09:55:06-06:00"),
        ("Mon, 3 Jan 101 00:00:00 GMT", "2001-01-03T00:00:00+00:00"),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37+00:00"),
        ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37+00:00"),
        ("Thu, 13\r\n Feb 1969 23:32 -0330 (Newfoundland Time)", "1969-02-13T23:32:00-03:30"),
        ("2003-11-02T10:15:30Z", "2003-11-02T10:15:30+00:00"),
        ("2003-11-02 10:15:30.123 +03:00", "2003-11-02T10:15:30+03:00"),
        ("Wed, 5 Jun 2002 10:00:00 PM EST", "2002-06-05T22:00:00-05:00"),
        ("Thu, 29 Feb 2024 23:59:60 +0000", "2024-03-01T00:00:00+00:00"),
        ("Tue, 1 Jul 2003 10:52:37 GMT+0200", "2003-07-01T10:52:37+02:00"),
        ("Tue, 029 Apr 2019 23:34:45 -0800", "2019-04-29T23:34:45-08:00"),
        ("Jul 1, 2003 10:52:37 +0900", "2003-07-01T10:52:37+09:00"),
    ])
    func date(_ value: String, _ expected: String) { #expect(MIMEMessage.field("Date", value).asDate?.withOffset == expected) }

    @Test(arguments: ["", "yesterday", "32 Jul 2003 10:00:00 +0000", "1 Jul 2003 25:00:00 +0000", "Mon, 99999999999999999999"])
    func noDate(_ value: String) { #expect(MIMEMessage.field("Date", value).asDate == nil) }

    @Test func formats() {
        let date = MailDate(secondsSince1970: 1_709_251_199, offsetMinutes: 180)
        #expect(date.utc == "2024-02-29T23:59:59Z")
        #expect(date.withOffset == "2024-03-01T02:59:59+03:00")
        #expect(date.rfc5322 == "Fri, 1 Mar 2024 02:59:59 +0300")
        #expect(MailDate(secondsSince1970: -1).utc == "1969-12-31T23:59:59Z")
    }

    @Test func everyDayOfFourCenturiesComesBack() {
        for day in stride(from: Int64(-150_000), to: 150_000, by: 1) {
            let civil = CivilTime(secondsSince1970: day * 86_400 + 3661)
            #expect(civil.secondsSince1970 == day * 86_400 + 3661)
        }
    }
}
