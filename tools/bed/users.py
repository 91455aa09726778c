"""Who has a mailbox on a bed. Everybody signs in as NAME or NAME@DOMAIN with the password NAME-pw, unless said otherwise."""
from dataclasses import dataclass


@dataclass
class User:
    name: str
    password: str
    login: str  # what is typed to sign in; another word than the mailbox name for a provider with "manual entry"
    quota: str = ""


def named(*names, ending="-pw"):
    return [User(name, name + ending, name) for name in names]


def for_tests(count):
    """alice, bob and carol, three special cases, and `count` more so that every test can have a mailbox nobody else uses."""
    return [
        *named("alice", "bob", "carol"),
        User("manual", "manual-pw", login="m-4711"),
        User("erin", 'p"a\\ss wörd€', login="erin"),
        User("full", "full-pw", login="full", quota="*:storage=200K"),
        *named(*(f"user{number}" for number in range(1, count + 1))),
    ]
