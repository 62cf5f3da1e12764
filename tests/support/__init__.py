"""What the tests share: comparison with NumPy, values to compute with, the tables of ops."""
