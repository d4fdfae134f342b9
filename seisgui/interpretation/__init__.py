"""What people have said about the seismic, and what was made of it."""
