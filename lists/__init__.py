"""What the marketer owns: folders, lists, columns and records."""
