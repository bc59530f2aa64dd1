"""Rasa graph components that understand Chinese, English and both in one sentence."""
