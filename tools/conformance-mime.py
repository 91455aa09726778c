#!/usr/bin/env python3
"""Scores `postroom inspect mime --json` over a corpus of messages with expected results.

usage: conformance-mime.py [--binary "CMD"] [--misses FILE] [CORPUS]

CORPUS holds `messages/` and `expected/*.jsonl` (see Tests/MailMIMETests/Corpus/README.md, the default).
Each field of `expect` counts once; each field of each expected part counts once. Exit code 1 below the aims.
"""
import argparse, collections, gzip, json, os, pathlib, shlex, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
AIM_ORIGIN, AIM_ALL = 0.99, 0.995


def squeeze(text):
    return None if text is None else (" ".join(text.split()) or None)


def same_addresses(expected, got):
    if got is None or len(expected) != len(got):
        return False
    for want, have in zip(expected, got):
        if want["address"] != have["address"]:
            return False
        if "name" in want and squeeze(want["name"]) != squeeze(have["name"]):
            return False
    return True


def compare(expect, got):
    """Yields (field, key of `by`, ok, wanted, had)."""
    for key, want in expect.items():
        have = got.get(key)
        if key == "parts":
            have = have or []
            shape = len(want) == len(have)
            yield "parts.count", "parts", shape, [(p["depth"], p.get("type")) for p in want], [(p["depth"], p["type"]) for p in have]
            for number, part in enumerate(want):
                other = have[number] if number < len(have) else {}
                for name, value in part.items():
                    mine = other.get(name)
                    if name == "text":
                        ok = mine is not None and mine["sha256"] == value["sha256"]
                    else:
                        ok = mine == value
                    yield f"parts.{name}", "parts", ok, (number, value), mine
        elif key in ("from", "to", "cc", "bcc", "replyTo", "sender"):
            yield key, key, same_addresses(want, have), want, have
        elif key == "subject":
            yield key, key, (squeeze(want) or "") == (squeeze(have) or ""), want, have
        else:
            yield key, key, want == have, want, have


def expectations(corpus):
    for path in sorted((corpus / "expected").glob("*.jsonl*")):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def inspect(command, folder, names):
    """Runs the binary over many files; gives its objects by file name."""
    results = {}
    for start in range(0, len(names), 200):
        batch = names[start:start + 200]
        done = subprocess.run(command + batch, cwd=folder, stdout=subprocess.PIPE, check=True)
        for line in done.stdout.decode("utf-8").split("\n"):
            if line:
                value = json.loads(line)
                results[value["file"]] = value
    return results


def main():
    options = argparse.ArgumentParser(usage=__doc__)
    options.add_argument("corpus", nargs="?", default=ROOT / "Tests/MailMIMETests/Corpus/mime")
    options.add_argument("--binary", default=str(ROOT / ".build/debug/postroom") + " inspect mime --json")
    options.add_argument("--misses", help="write each miss there, one JSON object a line")
    args = options.parse_args()
    corpus = pathlib.Path(args.corpus)
    cases = list(expectations(corpus))
    got = inspect(shlex.split(args.binary), corpus / "messages", [case["file"] for case in cases])
    counts = collections.defaultdict(lambda: [0, 0])
    origin = [0, 0]
    misses = []
    for case in cases:
        for field, key, ok, want, have in compare(case["expect"], got.get(case["file"], {})):
            said = case.get("by", {}).get(key, [])
            counts[field][0] += ok
            counts[field][1] += 1
            if any(source != "consensus" for source in said):
                origin[0] += ok
                origin[1] += 1
            if not ok:
                misses.append({"file": case["file"], "field": field, "by": said, "want": want, "have": have})
    total = [sum(c[0] for c in counts.values()), sum(c[1] for c in counts.values())]
    for field, (good, all_) in sorted(counts.items()):
        print(f"{field:18} {good:6} of {all_:6}  {100 * good / all_:7.2f}%")
    share = lambda pair: pair[0] / pair[1] if pair[1] else 1.0
    print(f"{'origin says':18} {origin[0]:6} of {origin[1]:6}  {100 * share(origin):7.2f}%  (aim 99%)")
    print(f"{'all':18} {total[0]:6} of {total[1]:6}  {100 * share(total):7.2f}%  (aim 99.5%)")
    if args.misses:
        with open(args.misses, "w", encoding="utf-8") as out:
            for miss in misses:
                out.write(json.dumps(miss, ensure_ascii=False) + "\n")
    return 0 if share(origin) >= AIM_ORIGIN and share(total) >= AIM_ALL else 1


if __name__ == "__main__":
    sys.exit(main())
