"""The same work by Python's email. usage: python_email.py envelope|structure|text DIRECTORY"""
import email, email.parser, email.policy, email.utils, os, sys, time

mode, directory = sys.argv[1:3]
spent = messages = total = checksum = 0
limit = int(os.environ.get("LIMIT", "0"))
for name in sorted(os.listdir(directory)):
    if name.startswith("."):
        continue
    if limit and messages >= limit:
        break
    with open(os.path.join(directory, name), "rb") as file:
        source = file.read()
    start = time.process_time()
    if mode == "envelope":
        message = email.parser.BytesHeaderParser(policy=email.policy.default).parsebytes(source)
        for field in ("subject", "from", "to", "cc", "date", "message-id"):
            checksum += len(str(message[field] or ""))
    else:
        message = email.message_from_bytes(source)
        for part in message.walk():
            checksum += 1
            if mode == "text" and not part.is_multipart():
                content = part.get_payload(decode=True) or b""
                if part.get_content_maintype() == "text":
                    try:
                        content = content.decode(part.get_content_charset("us-ascii"), "replace")
                    except LookupError:
                        pass
                checksum += len(content)
    spent += time.process_time() - start
    messages += 1
    total += len(source)
print(f"python {mode} {messages} {total} {spent:.6f} {checksum}")
