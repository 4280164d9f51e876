"""What is known about meters, as data: model files, their schema, inheritance and the registry of plug-ins."""
