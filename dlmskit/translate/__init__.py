"""Market requests to native operations and back: plans, converters, the recogniser. Nothing here does I/O."""
