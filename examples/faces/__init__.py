"""Faces: who is it, and are two photographs of one person?"""
