"""What a promotion changes: the difference between what the next stage runs and what it is to take over."""
