"""Signatures, judged by mailauth from npm, which shares no code with ours."""
