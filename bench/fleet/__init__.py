"""A fleet of instances on paper: a simulation of discrete events, pure and seeded, in simulated seconds.

Reading order: agenda (what happens when), processor (cores that are shared), pool (the gateway's threads), batcher (Triton's
queue), instance (one picture's way through one instance), fleet (Cloud Run: who gets which picture, starts, ends), arrivals,
costs, day (all of it together).
"""
