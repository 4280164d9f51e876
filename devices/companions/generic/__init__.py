"""A meter as most DLMS meters are: the parent of other models, and a virtual meter in its own right."""
