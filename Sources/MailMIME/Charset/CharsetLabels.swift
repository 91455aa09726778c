/// The table of labels.
enum CharsetLabels {
    /// The decoder for a normalised label; nil where neither the table nor iconv knows it.
    static func decoder(for label: String) -> Charset.Decoder? {
        if let decoder = table[label] { return decoder }
        // Private prefixes, and names written with other separators.
        if label.hasPrefix("x-"), let decoder = table[String(label.dropFirst(2))] { return decoder }
        let dashed = String(
            decoding: label.utf8.map { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: " ") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
        if dashed != label, let decoder = table[dashed] { return decoder }
        if label.hasPrefix("cp"), let decoder = table["windows-" + label.dropFirst(label.hasPrefix("cp-") ? 3 : 2)] { return decoder }
        // Anything else that iconv knows; its names never hold a slash, which would carry options.
        let isName = label.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == 45 || $0 == 95 || $0 == 46 || $0 == 58 }
        return isName && label.utf8.count < 40 && Iconv.isKnown(label) ? .iconv(label) : nil
    }

    private static let table: [String: Charset.Decoder] = {
        var table: [String: Charset.Decoder] = [:]
        for line in lines {
            for label in line.labels.split(separator: " ") { table[String(label)] = line.decoder }
        }
        return table
    }()

    /// Upward as WHATWG maps: us-ascii and iso-8859-1 are windows-1252, gb2312 is gb18030, and so on.
    private static let lines: [(decoder: Charset.Decoder, labels: String)] = [
        (.utf8, "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf_8 utf8mb4 utf-8-mac"),
        (
            .windows1252,
            """
            ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 \
            l1 latin1 us-ascii windows-1252 x-cp1252 ansi latin-1 usascii us_ascii 8859-1 iso-latin-1 iso-8859 7bit 8bit 646 \
            iso-8859-1-windows-3.1-latin-1 windows1252 win-1252
            """
        ),
        (.iconv("IBM866"), "866 cp866 csibm866 ibm866 dos-866 cp-866"),
        (.iconv("ISO-8859-2"), "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2 latin-2"),
        (.iconv("ISO-8859-3"), "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"),
        (.iconv("ISO-8859-4"), "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"),
        (.iconv("ISO-8859-5"), "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988"),
        (
            .iconv("ISO-8859-6"),
            """
            arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 \
            iso88596 iso_8859-6 iso_8859-6:1987
            """
        ),
        (
            .iconv("ISO-8859-7"),
            "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 sun_eu_greek"
        ),
        (
            .iconv("ISO-8859-8"),
            """
            csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 visual \
            csiso88598i iso-8859-8-i logical
            """
        ),
        (.iconv("ISO-8859-10"), "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"),
        (.iconv("ISO-8859-13"), "iso-8859-13 iso8859-13 iso885913 l7 latin7"),
        (.iconv("ISO-8859-14"), "iso-8859-14 iso8859-14 iso885914 l8 latin8"),
        (.iconv("ISO-8859-15"), "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 latin9 latin-9 latin0"),
        (.iconv("ISO-8859-16"), "iso-8859-16 iso8859-16 iso885916 l10 latin10"),
        (.iconv("KOI8-R"), "cskoi8r koi koi8 koi8-r koi8_r koi8r"),
        (.iconv("KOI8-U"), "koi8-u koi8u koi8-ru"),
        (.iconv("MACINTOSH"), "csmacintosh mac macintosh x-mac-roman mac-roman macroman"),
        (.iconv("MAC-CYRILLIC"), "x-mac-cyrillic mac-cyrillic x-mac-ukrainian"),
        (.iconv("MAC-CENTRALEUROPE"), "x-mac-ce mac-ce x-mac-centraleurroman mac-centraleurope"),
        (.iconv("CP874"), "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 tis620 tis620.2533 cp874"),
        (.iconv("CP1250"), "cp1250 windows-1250 x-cp1250 windows1250 win-1250"),
        (.iconv("CP1251"), "cp1251 windows-1251 x-cp1251 windows1251 win-1251 win1251 cp-1251 ansi-1251"),
        (.iconv("CP1253"), "cp1253 windows-1253 x-cp1253 windows1253"),
        (
            .iconv("CP1254"),
            "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254 windows1254"
        ),
        (.iconv("CP1255"), "cp1255 windows-1255 x-cp1255 windows1255"),
        (.iconv("CP1256"), "cp1256 windows-1256 x-cp1256 windows1256"),
        (.iconv("CP1257"), "cp1257 windows-1257 x-cp1257 windows1257"),
        (.iconv("CP1258"), "cp1258 windows-1258 x-cp1258 windows1258"),
        (
            .iconv("GB18030"),
            """
            chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 cp936 ms936 windows-936 euc-cn euccn \
            cn-gb gb-2312 gb2312-80
            """
        ),
        (.iconv("BIG5-HKSCS"), "big5-hkscs big5hkscs"),
        (.iconv("CP950"), "big5 cn-big5 csbig5 x-x-big5 cp950 windows-950 big-5"),
        (.iconv("EUC-JP-MS"), "cseucpkdfmtjapanese euc-jp x-euc-jp eucjp ujis euc_jp eucjp-ms"),
        (
            .iso2022jp,
            "csiso2022jp iso-2022-jp iso2022-jp iso-2022-jp-ms iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 cp50220 cp50221 cp50222 jis iso2022jp"
        ),
        (.iconv("CP932"), "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932 windows-932 x-ms-cp932 shiftjis"),
        (
            .iconv("UHC"),
            """
            cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 cp949 uhc \
            ks_c_5601 x-windows-949 ms949 euckr ks-c-5601-1987 ks-c-5601 ks_c_5601_1987
            """
        ),
        (.iconv("ISO-2022-KR"), "csiso2022kr iso-2022-kr"),
        (.iconv("ISO-2022-CN-EXT"), "iso-2022-cn iso-2022-cn-ext"),
        (.hz, "hz-gb-2312 hz hzgb2312 hz-gb2312"),
        (.iconv("UTF-16BE"), "unicodefffe utf-16be utf16be"),
        (.iconv("UTF-16LE"), "csunicode unicode unicodefeff utf-16le ucs-2 iso-10646-ucs-2 utf16le ucs-2le"),
        (.iconv("UTF-16"), "utf-16 utf16"),
        (.iconv("UTF-32"), "utf-32 utf32 ucs-4 iso-10646-ucs-4"),
        (.iconv("UTF-7"), "utf-7 utf7 unicode-1-1-utf-7 csunicode11utf7 x-unicode-2-0-utf-7 unicode-2-0-utf-7"),
        (.iconv("CP437"), "cp437 ibm437 437 cspc8codepage437"),
        (.iconv("IBM850"), "cp850 ibm850 850 cp-850 cspc850multilingual"),
        (.iconv("IBM852"), "cp852 ibm852 852 cp-852"),
        (.iconv("IBM855"), "cp855 ibm855 855"),
        (.iconv("CP858"), "cp858 ibm858 ibm00858"),
        (.iconv("CP862"), "cp862 ibm862 dos-862"),
        (.iconv("VISCII"), "viscii csviscii x-viscii"),
        (.iconv("TCVN"), "tcvn x-viet-tcvn tcvn5712-1 x-viet-tcvn5712"),
        (.iconv("ARMSCII-8"), "armscii-8 armscii8"),
        (.iconv("EUC-TW"), "euc-tw x-euc-tw"),
        (.iconv("JOHAB"), "johab x-johab"),
        (.userDefined, "x-user-defined"),
    ]
}
