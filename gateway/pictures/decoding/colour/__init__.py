"""What the numbers in a picture mean as colours, and the same colours in sRGB."""
