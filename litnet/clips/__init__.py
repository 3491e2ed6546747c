"""Clips: what they are made of, and the record of what they show."""
