"""Measurements of this project against the plain way of doing the same, as ratios within one run."""
