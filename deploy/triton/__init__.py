"""What starts Triton in its container: `python3 -m deploy.triton`.

Reading order: `__main__`, `settings` (what an operator may set), `engines` (nothing is compiled by surprise), `flags` (how
tritonserver is told), `supervision` (how it ends). `gather` runs when the image is built.
"""
