"""SeisGUI: paint a few labels on a seismic section, train a network, correct it, export the result."""

__version__ = "0.1.0"
