"""A letter: what is needed to write one message, and the message itself (RFC 5322 and MIME, by Python's email package)."""
import email.policy
import hashlib
import html
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from . import attachments
from .people import Person

MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()


@dataclass
class Letter:
    writer: Person
    to: list[Person]
    subject: str
    text: str
    when: datetime
    cc: list[Person] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    answers: "Letter | None" = None
    html: str | None = None  # a whole page for newsletters; "" makes one from the text
    pictures: dict[str, bytes] = field(default_factory=dict)  # by content id
    list_id: str | None = None
    charset: str = "utf-8"
    folder: str | None = None  # where its readers keep it, instead of the inbox
    unread: bool = False
    flagged: bool = False
    answered_by: set[str] = field(default_factory=set)

    @property
    def message_id(self):
        seed = f"{self.subject} {self.writer.address} {self.text}"
        return f"<{hashlib.sha256(seed.encode()).hexdigest()[:20]}@{self.writer.address.split('@')[1]}>"

    def references(self):
        return [*self.answers.references(), self.message_id] if self.answers else [self.message_id]

    def source(self) -> bytes:
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = address(self.writer)
        message["To"] = [address(person) for person in self.to]
        if self.cc:
            message["Cc"] = [address(person) for person in self.cc]
        message["Subject"] = ("Re: " if self.answers else "") + self.subject
        message["Date"] = format_datetime(self.when.astimezone(timezone(timedelta(hours=self.writer.zone))))
        message["Message-ID"] = self.message_id
        if self.answers:
            message["In-Reply-To"] = self.answers.message_id
            message["References"] = " ".join(self.answers.references())
        if self.list_id:
            message["List-Id"] = f"<{self.list_id}>"
            message["List-Unsubscribe"] = f"<https://{self.list_id}/unsubscribe>"
        signature = f"\n\n-- \n{self.writer.signature}" if self.writer.signature else ""
        message.set_content(self.text + signature + self._quote() + "\n", charset=self.charset)
        if self.html is not None:
            message.add_alternative(self.html or self._as_html(), subtype="html")
            for content_id, data in self.pictures.items():
                message.get_payload()[1].add_related(data, "image", "png", cid=f"<{content_id}>", filename=f"{content_id}.png")
        for name in self.files:
            data, kind, subtype = attachments.named(name, self.when)
            message.add_attachment(data, maintype=kind, subtype=subtype, filename=name)
        return message.as_bytes()

    def _quote(self):
        if not self.answers:
            return ""
        lines = [self.answers.text, self.answers._quote()]
        return f"\n\n{self._introduction()}\n" + "\n".join(">" + (line[:1] != ">" and line and " " or "") + line for line in "".join(lines).splitlines())

    def _introduction(self):
        other, day = self.answers.writer, self.answers.when
        if self.writer.language == "ru":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year} г. {other.name} {'написала' if other.woman else 'написал'}:"
        return f"On {day:%-d %B %Y}, {other.name} wrote:"

    def _as_html(self):
        paragraphs = "".join(f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in self.text.split("\n\n"))
        signature = f'<p style="color:#777">{html.escape(self.writer.signature).replace(chr(10), "<br>")}</p>' if self.writer.signature else ""
        quote = ""
        if self.answers:
            said = html.escape(self.answers.text).replace("\n", "<br>")
            quote = f"<p>{html.escape(self._introduction())}</p><blockquote style='border-left:2px solid #bbb;margin:0;padding-left:12px'>{said}</blockquote>"
        return f'<html><body style="font-family:sans-serif;font-size:14px;line-height:1.5">{paragraphs}{signature}{quote}</body></html>'


def address(person):
    user, domain = person.address.split("@")
    return Address(person.name, user, domain)
