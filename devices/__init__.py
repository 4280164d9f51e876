"""Device knowledge: one folder for each companion specification and each manufacturer, installed as `dlmskit_devices`."""
