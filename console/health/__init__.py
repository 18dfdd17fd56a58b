"""How everything of a stack is right now: processes, topics, jobs. Looks only."""
