"""The Pulumi ring: settings, naming, ComponentResources (one noun a file) and thin dynamic providers."""
