"""What the course's pictures and points are drawn with: numpy and a seed, nothing else."""
