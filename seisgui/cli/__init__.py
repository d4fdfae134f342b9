"""The shell: every capability without a window."""
