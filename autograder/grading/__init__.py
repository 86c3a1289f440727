"""Marking a class: everything that happens in a class folder."""
