"""Reads the conversations of stories.*.txt."""
import re
from datetime import datetime, timedelta
from pathlib import Path

from .letters import Letter
from .people import PEOPLE

HEAD = re.compile(
    r"(?P<writer>\w+) > (?P<to>[\w, ]+?)(?: cc: (?P<cc>[\w, ]+?))? \+(?P<hours>[\d.]+)h(?P<html> html)?(?P<old> windows-1251)?(?: attach: (?P<files>.+))?")


def read(now: datetime):
    for path in sorted(Path(__file__).parent.glob("stories.*.txt")):
        for story in re.split(r"^== ", path.read_text(), flags=re.M)[1:]:
            yield from _story(story, now)


def _story(story, now):
    title, *messages = re.split(r"^-- ", story, flags=re.M)
    subject, days, options = (part.strip() for part in title.split("|"))
    when, last = now - timedelta(days=float(days)), None
    for index, text in enumerate(messages):
        head, body = text.split("\n", 1)
        told = HEAD.fullmatch(head.strip())
        if not told:
            raise ValueError(f"{subject}: what is '{head}'?")
        when += timedelta(hours=float(told["hours"]), minutes=7 * (index + 1) % 13)
        when = _waking(when, PEOPLE[told["writer"]].zone, now)
        if when > now + timedelta(hours=12):
            raise ValueError(f"{subject}: message {index + 1} would be in the future")
        # In the evening a conversation of this very day has no waking hours left: its last messages are minutes apart then.
        when = min(when, now - timedelta(minutes=len(messages) - index))
        letter = Letter(
            PEOPLE[told["writer"]], _people(told["to"]), subject, body.strip(), when, _people(told["cc"]),
            files=told["files"].split("; ") if told["files"] else [], answers=last, html="" if told["html"] else None,
            charset="windows-1251" if told["old"] else "utf-8", folder=None if options in ("", "flagged", "unread") else options,
            flagged=options == "flagged" and index == 0, unread=options == "unread")
        if last:
            last.answered_by.add(told["writer"])
        yield letter
        last = letter


def _waking(when, zone, now):
    """The same moment where people are awake, else the next morning, unless that is yet to come."""
    local = when + timedelta(hours=zone)
    if 8 <= local.hour < 20:
        return when
    morning = local.replace(hour=9) + timedelta(days=local.hour >= 20)
    return min(morning - timedelta(hours=zone), max(when, now - timedelta(minutes=30)))


def _people(names):
    return [PEOPLE[name.strip()] for name in names.split(",")] if names else []
