"""Stub until the first feature lands."""
