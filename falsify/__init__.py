"""Lies and harmless variations, told by a proxy between the suite and any daemon: does the suite tell them apart?"""
