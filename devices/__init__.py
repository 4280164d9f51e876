"""Device knowledge: a folder for each companion specification and each maker, installed as `dlmskit_devices`."""
