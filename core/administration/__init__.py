"""Setting up the desk from within: persons, teams, mailboxes, what items can be for; each change with its history."""
