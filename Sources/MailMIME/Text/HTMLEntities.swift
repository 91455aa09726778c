/// Character references of HTML.
enum HTMLEntities {
    /// Decodes the reference that begins at `start` ("&"); nil where there is none.
    static func reference(_ bytes: Bytes, at start: Int) -> (scalar: Unicode.Scalar, end: Int)? {
        var at = start + 1
        guard at < bytes.count else { return nil }
        if bytes[at] == UInt8(ascii: "#") { return numeric(bytes, at: at + 1) }
        let nameStart = at
        while at < bytes.count, at - nameStart < 20, bytes[at].isLetter || bytes[at].isDigit { at += 1 }
        guard at > nameStart, let scalar = table[bytes.sub(nameStart, at).string] else { return nil }
        // Without the semicolon only the oldest names count, and mail relies on those.
        if at < bytes.count, bytes[at] == UInt8(ascii: ";") { return (scalar, at + 1) }
        return scalar.value < 256 ? (scalar, at) : nil
    }

    private static func numeric(_ bytes: Bytes, at start: Int) -> (scalar: Unicode.Scalar, end: Int)? {
        var at = start
        var value: UInt32 = 0
        let isHex = at < bytes.count && bytes[at].lowercased == UInt8(ascii: "x")
        if isHex { at += 1 }
        let first = at
        while at < bytes.count, let digit = bytes[at].hexValue, isHex || digit < 10 {
            if value < 0x200000 { value = value * (isHex ? 16 : 10) + UInt32(digit) }
            at += 1
        }
        guard at > first else { return nil }
        if at < bytes.count, bytes[at] == UInt8(ascii: ";") { at += 1 }
        // 128-159 are meant as windows-1252, as browsers read them.
        if (0x80...0x9F).contains(value) {
            let text = [UInt8(value)].withUnsafeBufferPointer { SingleByte.decodeWindows1252($0).text }
            return (text.unicodeScalars.first ?? "\u{FFFD}", at)
        }
        return (value == 0 ? "\u{FFFD}" : Unicode.Scalar(value) ?? "\u{FFFD}", at)
    }

    private static let table: [String: Unicode.Scalar] = {
        var table: [String: Unicode.Scalar] = [:]
        let words = names.split(separator: " ")
        for at in stride(from: 0, to: words.count - 1, by: 2) {
            table[String(words[at])] = UInt32(words[at + 1], radix: 16).flatMap(Unicode.Scalar.init)
        }
        return table
    }()

    /// The names of HTML 4 and those of newer ones that mail has, each with its code point.
    private static let names = """
        AElig C6 Aacute C1 Acirc C2 Agrave C0 Alpha 391 Amacr 100 Aogon 104 Aring C5 Atilde C3 Auml C4 Beta 392 Cacute 106 \
        Ccaron 10C Ccedil C7 Chi 3A7 Dagger 2021 Dcaron 10E Delta 394 ETH D0 Eacute C9 Ecaron 11A Ecirc CA Egrave C8 Eogon 118 \
        Epsilon 395 Eta 397 Euml CB Gamma 393 Gbreve 11E Iacute CD Icirc CE Idot 130 Igrave CC Iota 399 Iuml CF Kappa 39A \
        Lambda 39B Lstrok 141 Mu 39C Nacute 143 Ncaron 147 NewLine A NoBreak 2060 Ntilde D1 Nu 39D OElig 152 Oacute D3 Ocirc D4 \
        Odblac 150 Ograve D2 Omega 3A9 Omicron 39F Oslash D8 Otilde D5 Ouml D6 Phi 3A6 Pi 3A0 Prime 2033 Psi 3A8 Rcaron 158 \
        Rho 3A1 Sacute 15A Scaron 160 Scedil 15E Sigma 3A3 THORN DE Tab 9 Tau 3A4 Tcaron 164 Theta 398 Uacute DA Ucirc DB \
        Udblac 170 Ugrave D9 Upsilon 3A5 Uring 16E Uuml DC Xi 39E Yacute DD Yuml 178 Zacute 179 Zcaron 17D Zdot 17B \
        ZeroWidthSpace 200B Zeta 396 aacute E1 acirc E2 acute B4 aelig E6 agrave E0 alefsym 2135 alpha 3B1 amacr 101 amp 26 \
        and 2227 ang 2220 aogon 105 apos 27 aring E5 ast 2A asymp 2248 atilde E3 auml E4 bdquo 201E beta 3B2 bigstar 2605 \
        brvbar A6 bsol 5C bull 2022 cacute 107 cap 2229 ccaron 10D ccedil E7 cedil B8 cent A2 check 2713 chi 3C7 circ 2C6 \
        clubs 2663 colon 3A comma 2C commat 40 cong 2245 copy A9 crarr 21B5 cross 2717 cup 222A curren A4 dArr 21D3 dagger 2020 \
        darr 2193 dash 2010 dcaron 10F deg B0 delta 3B4 diams 2666 divide F7 dollar 24 eacute E9 ecaron 11B ecirc EA egrave E8 \
        empty 2205 emsp 2003 ensp 2002 eogon 119 epsilon 3B5 equals 3D equiv 2261 eta 3B7 eth F0 euml EB euro 20AC excl 21 \
        exist 2203 female 2640 fnof 192 forall 2200 frac12 BD frac14 BC frac34 BE frasl 2044 gamma 3B3 gbreve 11F ge 2265 \
        grave 60 gt 3E hArr 21D4 hairsp 200A harr 2194 hearts 2665 hellip 2026 horbar 2015 hyphen 2010 iacute ED icirc EE \
        iexcl A1 igrave EC image 2111 infin 221E inodot 131 int 222B iota 3B9 iquest BF isin 2208 iuml EF kappa 3BA lArr 21D0 \
        lambda 3BB lang 27E8 laquo AB larr 2190 lceil 2308 lcub 7B ldquo 201C le 2264 lfloor 230A lowast 2217 lowbar 5F loz 25CA \
        lpar 28 lrm 200E lsaquo 2039 lsqb 5B lsquo 2018 lstrok 142 lt 3C macr AF male 2642 mdash 2014 micro B5 middot B7 \
        minus 2212 mu 3BC nabla 2207 nacute 144 nbsp A0 ncaron 148 ndash 2013 ne 2260 ni 220B not AC notin 2209 nsub 2284 \
        ntilde F1 nu 3BD num 23 numero 2116 numsp 2007 oacute F3 ocirc F4 odblac 151 oelig 153 ograve F2 oline 203E omega 3C9 \
        omicron 3BF oplus 2295 or 2228 ordf AA ordm BA oslash F8 otilde F5 otimes 2297 ouml F6 para B6 part 2202 percnt 25 \
        period 2E permil 2030 perp 22A5 phi 3C6 phone 260E pi 3C0 piv 3D6 plus 2B plusmn B1 pound A3 prime 2032 prod 220F \
        prop 221D psi 3C8 puncsp 2008 quest 3F quot 22 rArr 21D2 radic 221A rang 27E9 raquo BB rarr 2192 rcaron 159 rceil 2309 \
        rcub 7D rdquo 201D real 211C reg AE rfloor 230B rho 3C1 rlm 200F rpar 29 rsaquo 203A rsqb 5D rsquo 2019 sacute 15B \
        sbquo 201A scaron 161 scedil 15F sdot 22C5 sect A7 semi 3B shy AD sigma 3C3 sigmaf 3C2 sim 223C sol 2F spades 2660 \
        star 2606 sub 2282 sube 2286 sum 2211 sup 2283 sup1 B9 sup2 B2 sup3 B3 supe 2287 szlig DF tau 3C4 tcaron 165 there4 2234 \
        theta 3B8 thetasym 3D1 thinsp 2009 thorn FE tilde 2DC times D7 trade 2122 uArr 21D1 uacute FA uarr 2191 ucirc FB \
        udblac 171 ugrave F9 uml A8 upsih 3D2 upsilon 3C5 uring 16F uuml FC verbar 7C vert 7C weierp 2118 xi 3BE yacute FD \
        yen A5 yuml FF zacute 17A zcaron 17E zdot 17C zeta 3B6 zwj 200D zwnj 200C
        """
}
