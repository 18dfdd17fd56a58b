"""Making bundles: a new one from a template, and one from a script."""
