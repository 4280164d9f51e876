# C types of dlmskit/codec/_fcs.py.
