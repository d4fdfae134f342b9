"""Flows: what happens after a menu entry was chosen. They know the project and the jobs; panels only show."""
