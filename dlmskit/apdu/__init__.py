"""One class per APDU of DLMS/COSEM, and `decode` for any of them."""
