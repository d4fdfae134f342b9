"""Impedance from seismic: labels at wells or chosen traces, baselines, networks, scores."""
