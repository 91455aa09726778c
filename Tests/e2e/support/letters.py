"""Simple messages, for tests that care about something else."""
import smtplib


def letter(subject, text="Hello"):
    message_id = f"<{subject.replace(' ', '-')}@test>"
    return f"From: Someone <someone@example.test>\nTo: you@example.test\nSubject: {subject}\nMessage-ID: {message_id}\n\n{text}\n"


def deliver(mailbox, subject):
    """Through the MX port, as mail from outside comes."""
    with smtplib.SMTP("127.0.0.1", mailbox.bed.ports["smtp"]) as smtp:
        smtp.sendmail("someone@example.test", mailbox.address, letter(subject).replace("\n", "\r\n"))
