"""Link and session put together, sans-IO: as client, meter, receiver, passive observer and offline renderer."""
