"""Runs that tests make are nobody's: they leave no word in the summary of the CI job that runs the tests."""

import os

from support.report.keeping import STEP_SUMMARY

os.environ.pop(STEP_SUMMARY, None)
