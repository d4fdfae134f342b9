"""How a network learns and predicts."""
