"""The commands, by who uses them. Each imports what it needs only when it runs."""
