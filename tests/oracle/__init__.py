"""An independent computation of what the pipeline must put out, and the records to feed it. Imports nothing of the project."""
