"""Published experiments repeated with the program's own training, and what came out of it beside what was published."""
