"""`console check`: checks of the data of a stack that is up, and what came of the last ones."""
