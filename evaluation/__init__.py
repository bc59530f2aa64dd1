"""How well messages are understood: the project's own pipeline against others, on held-out messages."""

import os

# spaCy brings TensorFlow along, which would say much before anything else is said.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
