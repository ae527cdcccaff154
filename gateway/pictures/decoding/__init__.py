"""From a file's bytes to a picture: what kind of file, what its header says, what the model sees, the pixels.

Files are hostile until decoded. Each format's module reads the header by itself, takes from it what matters and hands the
decoder a file of nothing but pixels: no metadata can warn, loop, grow or fail there.
"""
