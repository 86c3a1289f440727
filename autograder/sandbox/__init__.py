"""Where a student's code runs: a confined fork of a warm process, with plain data in and out."""
