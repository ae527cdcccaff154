"""Pictures of which the alpha is known, put together of other people's cut-outs and photographs.

Reading order: chosen (which ones), layer (a subject on its own), placement (where it is), backdrop (what is behind it),
montage (both together, as a photograph).
"""
