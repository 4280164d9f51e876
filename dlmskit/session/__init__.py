"""Sans-IO dialogues: operations in, results out, over whole messages."""
