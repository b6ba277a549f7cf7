"""When jobs start: the rule of a schedule (pure), and the starts that follow from it."""
