"""What the end-to-end tests stand on: the mail servers (bed), the program under test (postroom), JMAP (jmap)."""
