"""Link and session put together, sans-IO: as client, as meter, as receiver, as passive observer, as offline renderer."""
