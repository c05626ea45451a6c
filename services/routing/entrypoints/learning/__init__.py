"""The classifier that learns: training, promotion and the models that processes hold."""
