"""Sentiment: is a sentence about a film positive?"""
