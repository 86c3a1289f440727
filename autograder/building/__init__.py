"""For authors: Markdown sources become notebooks, probes become datasets/checks.h5."""
