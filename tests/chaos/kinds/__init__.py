"""The kinds of attack: each file gives its cases for a source of chance."""
