"""The nouns on Kubernetes, one a file: its args, its manifests (pure functions that return plain values) and its ComponentResource.

Imported only where a cluster is the platform: its libraries take a second to load.
"""
