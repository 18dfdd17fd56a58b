"""The clients of a running Flink: the SQL Gateway, the JobManager, and the HTTP below both."""
