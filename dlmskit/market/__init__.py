"""What head ends ask for and get back: typed requests and responses of the service catalogue, free of any meter."""
