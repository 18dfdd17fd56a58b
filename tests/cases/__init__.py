"""SQL files as cases, and what must be read from them."""
