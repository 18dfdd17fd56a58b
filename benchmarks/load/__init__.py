"""The load test: whatever comes in, each review ends in one context or among the rejected ones, and no job restarts."""
