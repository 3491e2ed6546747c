"""Lessons: what is made of records and published clips, with no manim."""
