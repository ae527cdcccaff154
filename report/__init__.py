"""A comparison of two models as one HTML file, for people who would rather look than read."""
