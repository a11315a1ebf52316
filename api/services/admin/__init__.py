"""What staff may do beyond everybody else."""
