"""How good a model and a prompt are: a golden set of inputs, asked through the gateway's own code, scored, compared with the last run."""
