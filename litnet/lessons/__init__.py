"""Clips where people learn: embedding, lesson pages, quizzes, and a network to draw for."""
