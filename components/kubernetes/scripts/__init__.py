"""Programs that run in a container as they stand here, without any package around them."""
