"""The same calls put to a real Docker Engine and to the stand-in: both have to answer alike.

``python -m tests.differential --engine SOCKET --standin SOCKET``; with the engine alone it prints what that answers.
"""
