"""The Kubernetes platform as ComponentResources. Imported only where it is the platform: its library takes a second to load."""
