"""Answers as people write them, a module an exercise: right ones in other styles, and mistakes."""
