"""Trains the demonstration model within a given time, on a GPU where there is one and otherwise on the CPU.

Scenes are rendered where the network learns (`export.scenes`), pictures are painted by the other cores (`export.synthetic`);
both go into a pool of cut-outs and grounds, from which each step composes pictures that nobody has seen before.
"""
