#!/usr/bin/env python3
"""What MailMIME builds, Python's email and GMime read back equal.

usage: check.py [BUILD-FOLDER]. GMime (libgmime-3.0-dev) is left out, loudly, where it is not installed.
"""
import email, email.policy, email.utils, datetime, pathlib, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent


def compile_tools(folder):
    """Builds the two programs; False where GMime is missing."""
    sources = sorted(map(str, (ROOT / "Sources/MailMIME").rglob("*.swift")))
    subprocess.run(["swiftc", "-Onone", "-swift-version", "6", "-parse-as-library", "-module-name", "BuildCases", *sources, str(HERE / "BuildCases.swift"), "-o", str(folder / "buildcases")], check=True)
    if subprocess.run(["pkg-config", "--exists", "gmime-3.0"]).returncode:
        return False
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "gmime-3.0"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    subprocess.run(["cc", "-o", str(folder / "gmime_values"), str(HERE / "gmime_values.c"), *flags], check=True)
    return True


def block(text):
    return [tuple([line.split("\t")[0], *(bytes.fromhex(value) for value in line.split("\t")[1:])]) for line in text.strip("\n").split("\n")]


def python_values(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    values = [("subject", str(message["subject"]).encode("utf-8", "surrogateescape"))]
    moment = message["date"].datetime.astimezone(datetime.timezone.utc)
    values.append(("date", moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode("utf-8", "surrogateescape")))
    values.append(("messageid", str(message["message-id"]).strip("<>").encode("utf-8", "surrogateescape")))
    for key in ("from", "to", "cc"):
        for address in message[key].addresses if message[key] else []:
            values.append((key, address.display_name.encode("utf-8", "surrogateescape"), address.addr_spec.encode("utf-8", "surrogateescape")))
    for reference in str(message["references"] or "").split():
        values.append(("reference", reference.strip("<>").encode("utf-8", "surrogateescape")))
    for part in message.walk():
        if part.is_multipart():
            continue
        if part.get_content_disposition() == "attachment":
            values.append(("attachment", part.get_filename().encode("utf-8", "surrogateescape"), part.get_payload(decode=True)))
        elif part.get_content_maintype() == "text":
            key = "html" if part.get_content_subtype() == "html" else "text"
            values.append((key, part.get_payload(decode=True).decode(part.get_content_charset()).encode()))
    return values


def normal(values):
    """Line ends as LF, white space in names and subjects single, text without its last line end."""
    result = []
    for key, *rest in values:
        if key in ("text", "html"):
            rest = [rest[0].replace(b"\r\n", b"\n").rstrip(b"\n")]
        elif key in ("subject", "from", "to", "cc"):
            rest = [b" ".join(rest[0].split()), *rest[1:]]
        result.append((key, *rest))
    return result


def without_name_spaces(values):
    return [(key, rest[0].replace(b" ", b""), *rest[1:]) if key in ("from", "to", "cc") else (key, *rest) for key, *rest in values]


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="mime-interop-"))
    folder.mkdir(parents=True, exist_ok=True)
    has_gmime = compile_tools(folder)
    cases = folder / "cases"
    shutil.rmtree(cases, ignore_errors=True)
    cases.mkdir()
    subprocess.run([str(folder / "buildcases"), str(cases)], check=True, stdout=subprocess.DEVNULL)
    files = sorted(cases.glob("*.eml"))
    readers = {"python email": {path: python_values(path) for path in files}}
    if has_gmime:
        output = subprocess.run([str(folder / "gmime_values"), *map(str, files)], check=True, stdout=subprocess.PIPE, text=True).stdout
        readers["gmime"] = dict(zip(files, map(block, output.strip("\n").split("\n\n"))))
    else:
        print("gmime: NOT CHECKED, libgmime-3.0-dev is not installed")
    failures = 0
    for reader, found in readers.items():
        wrong = 0
        for path in files:
            want, have = normal(block(path.with_suffix(".values").read_text())), normal(found[path])
            if reader == "python email" and sys.version_info < (3, 13):
                # Old CPython puts a space between the encoded words of a long display name.
                want, have = without_name_spaces(want), without_name_spaces(have)
            if b"secret@" in path.read_bytes():
                have.append(("bcc on the wire",))
            if want != have:
                wrong += 1
                for pair in [pair for pair in zip(want, have) if pair[0] != pair[1]][:1] or [(want[len(have):], have[len(want):])]:
                    print(f"{reader}: {path.name}: built {str(pair[0])[:300]} read {str(pair[1])[:300]}")
        print(f"{reader}: {len(files) - wrong} of {len(files)} read back equal")
        failures += wrong
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
