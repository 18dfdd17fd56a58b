"""The command line over the Pulumi Automation API: doctor, up, preview, status, feed, watch, logs, outputs, down."""
