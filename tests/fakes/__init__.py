"""Stand-ins that speak the real wire protocols, and misbehave when told to."""
