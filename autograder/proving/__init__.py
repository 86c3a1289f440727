"""For authors: proof that the checks judge rightly, and the table that shows it."""
