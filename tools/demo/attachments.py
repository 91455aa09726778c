"""Small files for the demo's letters, made from nothing: pictures, PDF, calendar invitations, archives. Same input, same bytes."""
import hashlib
import io
import struct
import zipfile
import zlib
from functools import cache

INK, PAPER, WOOD, LEAF, SKY = (44, 52, 60), (250, 247, 240), (196, 142, 84), (96, 150, 110), (140, 178, 214)


def named(name, when):
    """The content for a file name, with its media type."""
    kind = name.rsplit(".", 1)[1]
    if kind == "png":
        return picture(name), "image", "png"
    if kind == "pdf":
        return pdf(name.removesuffix(".pdf")), "application", "pdf"
    if kind == "ics":
        return invitation(name.removesuffix(".ics"), when), "text", "calendar"
    return archive(name.removesuffix(".zip")), "application", "zip"


@cache
def picture(name, width=360, height=220):
    """A drawing that depends on the name: shelves against a wall, with a window."""
    seed = hashlib.sha256(name.encode()).digest()
    shelves = [40 + (35 + seed[0] % 12) * row for row in range(4)]
    left, right = 30 + seed[1] % 40, width - 130 + seed[2] % 40
    books = [(left + 6 + index * 11, 14 + seed[index % 32] % 16, seed[(index * 7) % 32]) for index in range((right - left - 12) // 11)]
    rows = []
    for y in range(height):
        row = [PAPER] * width if y < height - 24 else [WOOD] * width
        if 24 < y < 120:
            row[width - 74:width - 24] = [SKY] * 50
        for index, shelf in enumerate(shelves):
            if shelf <= y < shelf + 5:
                row[left:right] = [WOOD] * (right - left)
            for x, tall, tone in books[index::2] if index % 2 else books[::3]:
                if shelf - tall <= y < shelf:
                    row[x:x + 8] = [(INK, LEAF, SKY, WOOD)[tone % 4]] * 8
        rows.append(row)
    return png(rows)


@cache
def logo(colour, size=64):
    """A disc with a shelf cut out of it."""
    middle = size / 2
    return png([
        [PAPER if size * 0.45 < y < size * 0.55 and x > size * 0.25 else colour
         if (x - middle) ** 2 + (y - middle) ** 2 < (middle - 1) ** 2 else (255, 255, 255)
         for x in range(size)] for y in range(size)])


def png(rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    pixels = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")


@cache
def pdf(title):
    """One page with a small table. The fonts every PDF reader has know Latin letters only, so the page keeps to them."""
    number = int(hashlib.sha256(title.encode()).hexdigest()[:6], 16)
    plain = title if title.isascii() else f"Polka Workshop, document {number % 10000}"
    lines = [(24, 780, 20, plain), (24, 755, 10, "Polka Workshop, Zavodskaya 3")]
    for row in range(6):
        price = (number >> row) % 900 + 100
        lines += [(24, 710 - 22 * row, 11, f"{row + 1}. Item {chr(65 + (number >> row) % 26)}"), (420, 710 - 22 * row, 11, f"{price * 100:,}.00")]
    page = "".join(f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in lines).encode("latin-1", "replace")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for index, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (index, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def invitation(title, when):
    start = when.replace(hour=12, minute=0, second=0)
    return "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Polka//Demo//EN", "METHOD:REQUEST", "BEGIN:VEVENT",
        f"UID:{hashlib.sha256(title.encode()).hexdigest()[:16]}@polka.example", f"DTSTAMP:{when:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", f"SUMMARY:{title}", "ORGANIZER:mailto:calendar@polka.example",
        "END:VEVENT", "END:VCALENDAR", ""]).encode()


@cache
def archive(title):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in [
            ("read me.txt", f"{title}\n"), ("Список.csv", "название;штук\nполка;12\nстойка;26\n"), ("1.png", picture(title)), ("2.png", picture(title + "2"))]:
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 12, 9, 0, 0)), content)
    return buffer.getvalue()
