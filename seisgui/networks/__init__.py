"""Torch modules and their weights, nothing else."""
