"""What a person sets up: lists and their columns, fields and rules, what is set aside."""
