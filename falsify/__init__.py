"""Lies and harmless variations, put by a proxy between the suite and any daemon: does the suite keep them apart?"""
