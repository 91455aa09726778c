"""The mail of `make demo`: who writes (people), what they say (stories.*.txt, bulletins), how it becomes messages (letters)."""
