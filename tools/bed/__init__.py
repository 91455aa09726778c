"""Real mail servers on loopback for the demo and the tests: see tools/servers."""
