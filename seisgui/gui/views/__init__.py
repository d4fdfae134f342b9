"""What draws a survey and takes the mouse."""
